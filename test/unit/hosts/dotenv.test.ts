import {describe, expect, test} from '@jest/globals'
import {detail, output} from '../../../src/command/action.ts'
import {dotenvKey, dotenvReport, withoutKeys} from '../../../src/hosts/dotenv.ts'

const definitions = {
  jobId: output.integer('Id'),
  jobName: output.text('Name'),
  found: output.flag('Found'),
  jobs: output.json('Jobs'),
}
const report = (
  values: Record<string, unknown>,
  options: {prefix?: string; existing?: string; chosen?: string[]} = {},
) => dotenvReport(definitions, values, options)

/** What GitLab reads from a report, by its own rules, or the reason why it refuses it. */
function gitlabReads(text: string): Record<string, string> | string {
  if (Buffer.byteLength(text) >= 5120) return 'too large'
  const found: Record<string, string> = {}
  for (const line of text.replace(/\n$/, '').split('\n')) {
    const [, key = '', value = ''] = /^([^\n]*?)=([^\n]*)$/.exec(line) ?? ['', '-']
    if (!/^[a-zA-Z0-9_]{1,255}$/.test(key.trim())) return `bad line ${JSON.stringify(line)}`
    found[key.trim()] = value.trim().replace(/\$\$|\$(\w+|\{\w+\})/g, (match) => (match === '$$' ? '$' : ''))
  }
  return found
}

describe('a dotenv report', () => {
  test('holds every output but JSON, and unknown is empty', () => {
    expect(report({jobId: 7, found: true, jobs: [1]})).toEqual({
      text: 'JOB_ID=7\nJOB_NAME=\nFOUND=true\n',
      warnings: [],
    })
  })

  test.each([
    '$HOME',
    '${PATH}',
    '$$',
    'a=b',
    '"quoted"',
    "it's",
    '# no comment',
    'build: [a, b]',
    'ünï 漢字',
    'a\u2028b',
    'a\tb',
  ])('arrives at a later job as it was: %s', (jobName) => {
    expect(gitlabReads(report({jobName}).text)).toMatchObject({JOB_NAME: jobName})
  })

  test.each(['a\nEVIL=1', 'a\r\nEVIL=1', 'a\rb', 'a\0b'])('never gains a line by a value: %j', (jobName) => {
    const {text, warnings} = report({jobName, jobId: 7})
    expect(gitlabReads(text)).toEqual({JOB_ID: '7', JOB_NAME: '', FOUND: ''})
    expect(warnings).toEqual([
      'JOB_NAME is empty in the dotenv report, because its value holds a line break. --json keeps it whole.',
    ])
  })

  test('keeps what is there, drops blank lines, and replaces its own keys', () => {
    const existing = '\ufeffA=1\r\n\r\nJOB_ID=6\nB=$$2\n'
    const {text} = report({jobId: 7, jobName: 'x', found: false}, {existing})
    expect(text).toBe('A=1\nB=$$2\nJOB_ID=7\nJOB_NAME=x\nFOUND=false\n')
    expect(report({jobId: 7, jobName: 'x', found: false}, {existing: text}).text).toBe(text)
  })

  test('says when the file holds what GitLab will refuse', () => {
    expect(report({}, {existing: '# comment\n'}).warnings).toHaveLength(1)
  })

  test('stays below 5120 bytes by leaving out the longest value', () => {
    const {text, warnings} = report({jobId: 7, jobName: 'x'.repeat(6000)})
    expect(gitlabReads(text)).toEqual({JOB_ID: '7', FOUND: ''})
    expect(warnings).toEqual(['Left out of the dotenv report, which GitLab wants below 5120 bytes: JOB_NAME.'])
    const exact = (size: number) =>
      Buffer.byteLength(report({jobName: 'x'.repeat(size - 'JOB_ID=\nJOB_NAME=\nFOUND=\n'.length)}).text)
    expect([exact(5119), exact(5120)]).toEqual([5119, 'JOB_ID=\nFOUND=\n'.length])
  })

  test('stays within the variables that GitLab takes by default, and says what is left out', () => {
    const existing = Array.from({length: 18}, (_, at) => `K${at}=1\n`).join('')
    const {text, warnings} = report({jobId: 7}, {existing})
    expect([text.split('\n').length - 1, text.includes('JOB_ID=7'), text.includes('FOUND=')]).toEqual([20, true, false])
    expect(warnings).toEqual([
      'Left out of the dotenv report, which by default may have 20 variables: FOUND. Choose by dotenv-outputs.',
    ])
  })

  test('takes what is chosen, in the spelling of any surface, and only warns of the limit', () => {
    const existing = Array.from({length: 19}, (_, at) => `K${at}=1\n`).join('')
    const {text, warnings} = report({jobId: 7, found: true}, {existing, chosen: ['job-id', 'FOUND']})
    expect(text).toBe(`${existing}JOB_ID=7\nFOUND=true\n`)
    expect(warnings).toEqual(['The dotenv report has 21 variables. GitLab takes 20 unless its limit was raised.'])
  })

  test('leaves details out unless all is asked for', () => {
    const some = {status: output.text('Status'), polls: detail(output.integer('Polls'))}
    expect(dotenvReport(some, {status: 'success', polls: 3}).text).toBe('STATUS=success\n')
    expect(dotenvReport(some, {status: 'success', polls: 3}, {chosen: ['all']}).text).toBe('STATUS=success\nPOLLS=3\n')
    expect(withoutKeys('A=1\nPOLLS=9\nSTATUS=success\n', some)).toBe('A=1\n')
  })
})

test.each([
  ['jobId', '', 'JOB_ID'],
  ['jobId', 'build_', 'build_JOB_ID'],
  ['path', '', 'JOBSIDE_PATH'],
  ['user', '', 'JOBSIDE_USER'],
  ['path', 'LIB_', 'LIB_PATH'],
  ['jobId', 'CI_', 'JOBSIDE_CI_JOB_ID'],
  ['preload', 'LD_', 'JOBSIDE_LD_PRELOAD'],
  ['options', 'NODE_', 'JOBSIDE_NODE_OPTIONS'],
  ['env', 'BASH_', 'JOBSIDE_BASH_ENV'],
  ['id', '7', 'JOBSIDE_7ID'],
  ['status', '', 'STATUS'],
])('the key of %s with the prefix %j is %s', (name, prefix, key) => {
  expect(dotenvKey(name, prefix)).toBe(key)
})
