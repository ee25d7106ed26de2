import {mkdtempSync, readFileSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import path from 'node:path'
import {afterEach, beforeEach, describe, expect, test} from '@jest/globals'
import {memoryHost} from '../../support/memory-stream.ts'
import {sample} from '../../support/sample-action.ts'

const env = {GITHUB_ACTIONS: 'true', NO_COLOR: '1'}
const files = {GITHUB_OUTPUT: '', GITHUB_STEP_SUMMARY: ''}

// The toolkit reads its files from the process's own environment.
beforeEach(() => {
  const folder = mkdtempSync(path.join(tmpdir(), 'jobside-github-'))
  for (const name of ['GITHUB_OUTPUT', 'GITHUB_STEP_SUMMARY'] as const) {
    files[name] = path.join(folder, name)
    writeFileSync(files[name], '')
    process.env[name] = files[name]
  }
})
afterEach(() => {
  delete process.env['GITHUB_OUTPUT']
  delete process.env['GITHUB_STEP_SUMMARY']
})

/** Reads GITHUB_OUTPUT as the runner does. */
function outputs(): Record<string, string> {
  const found: Record<string, string> = {}
  let rest = readFileSync(files.GITHUB_OUTPUT, 'utf8')
  while (rest !== '') {
    const [, name = '', delimiter = ''] = /^([^\n=]+?)<<([^\n]+)\n/.exec(rest) ?? []
    const start = rest.indexOf('\n') + 1
    const end = rest.indexOf(`\n${delimiter}\n`, start - 1)
    expect([name, end]).not.toEqual(['', -1])
    found[name] = rest.slice(start, Math.max(start, end))
    rest = rest.slice(end + delimiter.length + 2)
  }
  return found
}

/** The commands that a runner would act on, as it finds them. */
function commands(log: string): readonly string[] {
  const found: string[] = []
  let resume: string | undefined
  for (const line of log.split(/\r?\n/)) {
    const [, name = '', data = ''] =
      /^\s*::([a-z-]+)(?: [^:]*)?::(.*)$/i.exec(line) ?? /##\[([a-z-]+)[^\]]*\](.*)/i.exec(line) ?? []
    if (resume !== undefined) resume = line.trim() === `::${resume}::` ? undefined : resume
    else if (name === 'stop-commands') resume = data
    else if (name !== '') found.push(`${name} ${data}`)
  }
  expect(resume).toBeUndefined()
  return found
}

describe('outputs', () => {
  test('go to GITHUB_OUTPUT with hyphens, whole, and unknown is empty', async () => {
    const jobName = 'a\nEOF\nevil<<X\n::set-output name=x::y'
    await (await memoryHost({...env, ...files})).host.outputs(sample.outputs, {jobId: 7, jobName, jobs: [1]}, {})
    expect(outputs()).toEqual({'job-id': '7', 'job-name': jobName, waited: '', found: '', jobs: '[1]', 'web-url': ''})
  })

  test('are never set by a command on a log, for want of the file', async () => {
    const {host, stdout} = await memoryHost(env)
    delete process.env['GITHUB_OUTPUT']
    await host.outputs(sample.outputs, {jobId: 7}, {})
    expect(stdout()).toBe('')
  })

  test('that cannot be written end in exit code 73', async () => {
    process.env['GITHUB_OUTPUT'] = `${files.GITHUB_OUTPUT}-missing`
    const {host} = await memoryHost({...env, GITHUB_OUTPUT: `${files.GITHUB_OUTPUT}-missing`})
    await expect(host.outputs(sample.outputs, {jobId: 7}, {})).rejects.toMatchObject({exitCode: 73})
  })
})

describe('what is said', () => {
  test('is annotated, grouped and masked by commands of ours alone', async () => {
    const {host, stdout} = await memoryHost(env)
    host.mask(['s3cret'])
    host.log.warn('careful\n::error::no')
    await host.log.section('Outer', async () => host.log.section('Inner', async () => host.log.info('x')))
    host.failed(new Error('odd'))
    expect(commands(stdout()).map((command) => command.slice(0, 40))).toEqual([
      'add-mask s3cret',
      `add-mask ${Buffer.from('s3cret').toString('base64')}`,
      'warning careful%0A::error::no',
      'group Outer',
      'endgroup ',
      expect.stringMatching(/^error Unexpected error\. Error: odd%0A/),
    ])
  })

  test('never acts on the log by what it quotes', async () => {
    const {host, stdout} = await memoryHost(env)
    for (const text of [
      '::error::x',
      '  ::add-mask::x',
      'a\n::set-output name=a::b',
      'mid ##[group]x',
      '##vso[task]x',
    ]) {
      host.log.info(text)
      host.log.table(text, [text], [[text]])
      host.log.foreign([text])
    }
    expect(commands(stdout())).toEqual([])
  })

  test.each([
    '::error::x',
    '\x1b[31m::error::x',
    '\x1b[31:1m::error::x',
    '::stop-commands::x',
    '\r::error::x',
    '::AAAA::',
    'a ##[add-mask]x',
  ])('never acts on the log by a foreign line: %j', async (line) => {
    const {host, stdout} = await memoryHost(env)
    host.log.foreign([line, 'last'])
    host.log.warn('ours')
    expect(commands(stdout())).toEqual(['warning ours'])
    expect(stdout()).toMatch(/^::stop-commands::[0-9a-f]{32}\n/)
  })

  test('goes to standard error with all commands, when standard output is for data', async () => {
    const {host, stdout, stderr} = await memoryHost(env)
    host.narrateTo('stderr')
    host.mask(['s3cret'])
    host.log.error('no')
    await host.print('data')
    expect(stdout()).toBe('data')
    expect(commands(stderr())).toContain('error no')
  })

  test('is more when the runner debugs', async () => {
    const {host, stdout} = await memoryHost({...env, RUNNER_DEBUG: '1'})
    host.setLevel('info')
    host.log.debug('detail')
    expect(stdout()).toMatch(/detail\n$/)
  })
})

test('tables stand in the step summary too, as text', async () => {
  const {host} = await memoryHost({...env, ...files})
  host.log.table('Jobs <b>', ['name'], [['<img src=x> & "co"']])
  await host.close()
  const summary = readFileSync(files.GITHUB_STEP_SUMMARY, 'utf8')
  expect(summary).toContain('<h3>Jobs &lt;b&gt;</h3>')
  expect(summary).toContain('<td>&lt;img src=x&gt; &amp; &quot;co&quot;</td>')
})
