import {mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {output} from '../../src/command/action.ts'
import {dotenvReport} from '../../src/hosts/dotenv.ts'
import {functionOutputs} from '../../src/hosts/gitlab-function.ts'
import {github} from '../../src/hosts/github.ts'
import {hold, type Target} from '../target.ts'

const definitions = {jobName: output.text('Name'), path: output.text('Path'), jobs: output.json('Jobs')}
const seeds = [
  'build\xffPATH\xffA=1\nB=$$2',
  '\xff\xffJOB_NAME=x\r\n',
  'a\nEVIL=1\xffx\r\nY=2\xff',
  '$HOME ${x} $$\xff<<EOF\nEOF\xff=',
  'ghadelimiter_\xffx\xff\xef\xbb\xbfK=v',
].map((text) => Buffer.from(text, 'latin1'))
const words = [
  '\xff',
  '\n',
  '\r',
  '=',
  '$',
  '$$',
  '<<',
  'EOF',
  'JOB_NAME=',
  'PATH',
  '\0',
  '\xe2\x80\xa8',
  ' ',
  '"',
  '#',
  'ghadelimiter_',
]

/** Two values and what was in the file, between bytes of 0xff. */
function parts(input: Buffer): readonly [string, string, string] {
  const pieces: string[] = []
  let from = 0
  for (let at = input.indexOf(0xff); at >= 0 && pieces.length < 2; at = input.indexOf(0xff, from)) {
    pieces.push(input.toString('utf8', from, at))
    from = at + 1
  }
  pieces.push(input.toString('utf8', from))
  return [pieces[0] ?? '', pieces[1] ?? '', pieces[2] ?? '']
}

export const dotenv: Target = {
  name: 'dotenv',
  about: 'what GitLab reads from a report is what was there and our values, under our keys',
  seeds,
  words,
  run(input) {
    const [jobName, path, existing] = parts(input)
    const {text} = dotenvReport(definitions, {jobName, path, jobs: [jobName]}, {existing})
    const before = lines(existing.replace(/^\ufeff/, ''))
    const found = new Map(lines(text))
    const wanted = new Map([
      ['JOB_NAME', jobName],
      ['JOBSIDE_PATH', path],
    ])
    for (const [key, value] of before) {
      if (!wanted.has(key))
        hold(
          lines(text).some(([name, there]) => name === key && there === value),
          `${key} is lost`,
        )
    }
    for (const [key, value] of found) {
      const ours = wanted.get(key)
      if (ours === undefined)
        hold(
          before.some(([name]) => name === key),
          `${JSON.stringify(key)} came from a value`,
        )
      else hold(value === '' || undone(value) === ours.trim(), `${key} has become ${JSON.stringify(value)}`)
    }
    // What a line cannot hold is empty; everything else arrives.
    if (jobName.trim() !== '' && /^[^\r\n\0]+$/.test(jobName) && found.has('JOB_NAME'))
      hold(found.get('JOB_NAME') !== '', 'a value is lost')
  },
}

function lines(text: string): readonly (readonly [string, string])[] {
  return text
    .split(/\r?\n/)
    .filter((line) => line.trim() !== '')
    .map((line) => {
      const at = line.indexOf('=')
      return at < 0 ? ['', line.trim()] : [line.slice(0, at).trim(), line.slice(at + 1).trim()]
    })
}

function undone(value: string): string {
  return value.replaceAll('$$', '$')
}

const folder = mkdtempSync(join(tmpdir(), 'fuzz-outputs-'))
process.once('exit', () => rmSync(folder, {recursive: true, force: true}))
const file = join(folder, 'outputs')

export const githubOutput: Target = {
  name: 'github-output',
  about: 'the runner reads each output whole and no other, and so does the step runner of GitLab',
  seeds,
  words,
  async run(input) {
    const [jobName, path] = parts(input)
    const values = {jobName, path, jobs: [jobName]}
    writeFileSync(file, '')
    process.env['GITHUB_OUTPUT'] = file
    await github({env: {GITHUB_OUTPUT: file}}).outputs?.(definitions, values)
    const read = runnerReads(readFileSync(file, 'utf8'))
    hold(
      JSON.stringify([...read]) ===
        JSON.stringify([
          ['job-name', jobName],
          ['path', path],
          ['jobs', JSON.stringify([jobName])],
        ]),
      'read otherwise',
    )
    const rows = functionOutputs(definitions, values).lines.split('\n').slice(0, -1)
    const steps = rows.map((line) => JSON.parse(line) as {readonly name: string; readonly value: string})
    hold(steps.length === 3 && steps[0]?.value === jobName && steps[1]?.value === path, 'a function reads otherwise')
  },
}

/** By the rules of the runner: NAME<<DELIMITER, lines, DELIMITER. */
function runnerReads(text: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>()
  for (let rest = text; rest !== '';) {
    const end = rest.indexOf('\n')
    const [name = '', delimiter = ''] = rest.slice(0, end).split('<<')
    hold(delimiter !== '', `no delimiter in ${JSON.stringify(rest.slice(0, end))}`)
    rest = rest.slice(end + 1)
    const close = rest.startsWith(`${delimiter}\n`) ? 0 : rest.indexOf(`\n${delimiter}\n`) + 1
    found.set(name, rest.slice(0, Math.max(0, close - 1)))
    rest = rest.slice(close + delimiter.length + 1)
  }
  return found
}
