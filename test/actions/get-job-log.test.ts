import {readFileSync, writeFileSync} from 'node:fs'
import path from 'node:path'
import {afterAll, afterEach, describe, expect, test} from '@jest/globals'
import {action} from '../../actions/get-job-log/action.ts'
import type {Sandbox, SandboxOptions} from '../../src/sandbox/cli/sandbox.ts'
import type {JobFile} from '../../src/sandbox/world/world-types.ts'
import {removeFolders, runCommand, temporaryFolder, type CommandOptions} from '../support/run-command.ts'
import {at, plain, stamped} from '../support/runner-logs.ts'
import {startSandbox} from '../support/sandbox.ts'
import {job, worldWith} from './world.ts'

let sandbox: Sandbox
afterEach(() => sandbox.close())
afterAll(removeFolders)

interface Options extends CommandOptions {
  readonly options?: SandboxOptions
}

async function logOf(build: JobFile, argv: readonly string[] = [], {options, ...more}: Options = {}) {
  sandbox = await startSandbox(worldWith([build]), options)
  return runCommand(action, sandbox, ['--job', 'build', ...argv], {credentials: 'both', ...more})
}

const hostile =
  '\u001b[0Ksection_start:1:script[collapsed=true]\r\u001b[0K\u001b[32mgreen\u001b[0;m\n' +
  '::error file=x::pwned\n##[error]pwned\nplain ✓ text\n\u001b[0Ksection_end:2:script\r\u001b[0K\nlast line without end'
const trace = 'GET /projects/1/jobs/102/trace private-token'

describe('a log that is complete', () => {
  test('is printed, its colours kept, its sections taken out', async () => {
    const env = {NO_COLOR: ''}
    const {code, stdout, outputs} = await logOf(job(102, 'build', 'success', {log: hostile}), [], {env})
    expect(code).toBe(0)
    expect(stdout).toContain('\u001b[32mgreen')
    expect(stdout).toContain('plain ✓ text\n')
    expect(stdout).toMatch(/last line without end\n$/)
    expect(stdout).not.toContain('section_start')
    expect(stdout).not.toContain('section_end')
    expect(outputs?.['bytes']).toBe(Buffer.byteLength(hostile))
  })

  test('is printed without colours when asked', async () => {
    const env = {NO_COLOR: ''}
    const {stdout} = await logOf(job(102, 'build', 'success', {log: hostile}), ['--plain'], {env})
    expect(stdout).not.toContain('\u001b')
    expect(stdout).toContain('green\n')
  })

  test('cannot give commands to a GitHub runner', async () => {
    const env = {GITHUB_ACTIONS: 'true', GITLAB_CI: '', CI_JOB_ID: ''}
    const {code, stdout} = await logOf(job(102, 'build', 'success', {log: hostile}), [], {env})
    expect(code).toBe(0)
    const stopped = /::stop-commands::(\S+)\n([^]*)::\1::\n/.exec(stdout)
    const acting = (stopped ? stdout.replace(stopped[0], '') : stdout)
      .split('\n')
      .filter((line) => /^::error|^##\[error/.test(line))
    expect(acting).toEqual([])
  })

  test('shows its end', async () => {
    const log = Array.from({length: 5_000}, (_, at) => `line ${at + 1}\n`).join('')
    const {stdout} = await logOf(job(102, 'build', 'success', {log}), ['--tail', '3'])
    expect(stdout).toBe('line 4998\nline 4999\nline 5000\n')
  })

  test('goes to a file exactly as GitLab has it', async () => {
    const {code, outputs, cwd} = await logOf(job(102, 'build', 'success', {log: hostile}), ['--output', 'build.log'])
    expect(code).toBe(0)
    expect(readFileSync(path.join(cwd, 'build.log'), 'utf8')).toBe(hostile)
    expect(outputs).toMatchObject({path: path.join(cwd, 'build.log'), bytes: Buffer.byteLength(hostile)})
  })

  test('may be empty', async () => {
    const {code, stdout, outputs} = await logOf(job(102, 'build', 'pending'))
    expect([code, stdout, outputs?.['bytes']]).toEqual([0, '', 0])
  })
})

describe('a log as runners since 18.7 write it', () => {
  const read = (log: string, ...argv: readonly string[]) =>
    logOf(job(102, 'build', 'failed', {log}), ['--plain', ...argv])

  test('is shown without stamps, its lines put together, as that of an older runner', async () => {
    const {code, stdout, outputs} = await read(stamped)
    expect(code).toBe(0)
    expect(stdout).toContain('$ make\n10 %\n100 %\nerror: no rule to make target\n')
    expect(stdout).not.toContain('2026-11-25T')
    expect(stdout).not.toContain('section_')
    expect(outputs?.['lines']).toBe(10)
    await sandbox.close()
    expect((await read(plain)).stdout).toBe(stdout)
  })

  test('is shown with its stamps when asked', async () => {
    const {stdout} = await read(stamped, '--stamps')
    expect(stdout).toContain(`${at(6)} 01E error: no rule to make target\n`)
  })

  test('gives one section alone', async () => {
    const {stdout} = await read(stamped, '--section', 'after_script')
    expect(stdout).toBe('Running after_script\ntidying up\n')
  })

  test('without the section that was asked for says which there are', async () => {
    const {code, said} = await read(stamped, '--section', 'step_scrpt')
    expect([code, said]).toEqual([66, expect.stringContaining('Nearest: "step_script"')])
  })

  test('gives the lines that a pattern fits, and those that tell of errors', async () => {
    expect((await read(stamped, '--grep', '^\\$ \\w+$')).stdout).toBe('$ make\n')
    await sandbox.close()
    expect((await read(stamped, '--errors', '--section', 'step_script')).stdout).toBe('error: no rule to make target\n')
    await sandbox.close()
    const {code, said} = await read(stamped, '--grep', '[')
    expect([code, said]).toEqual([64, expect.stringContaining('grep')])
  })

  test('is chosen from on standard output only', async () => {
    const {code, said} = await read(stamped, '--grep', 'x', '--output', 'build.log')
    expect([code, said]).toEqual([64, expect.stringContaining('exactly as GitLab has it')])
  })
})

describe('a log that grows', () => {
  const growing = job(102, 'build', 'running', {
    log: 'one\n',
    timeline: [
      {after: '10s', log: 'two ✓\nthr'},
      {after: '10s', log: 'ee\n'},
      {after: '30s', status: 'failed', log: 'four\n'},
    ],
  })

  test.each(['17.8', '18.0', '19.2'])('is followed to its end on GitLab %s, each line once', async (version) => {
    const {code, stdout, outputs} = await logOf(growing, ['--follow'], {
      options: {version},
      ...(version === '17.8' ? {credentials: 'token'} : {}),
    })
    expect(stdout).toBe('one\ntwo ✓\nthree\nfour\n')
    expect(code).toBe(0)
    expect(outputs?.['status']).toBe('failed')
  })

  test('asks only for new bytes where GitLab has ranges', async () => {
    const {requests} = await logOf(growing, ['--follow'])
    const reads = requests.filter(({path: at}) => at.endsWith('/trace'))
    expect(reads.slice(2).every(({query}) => /byte_offset=[1-9]/.test(query))).toBe(true)
    const whole = Buffer.byteLength('one\ntwo ✓\nthree\nfour\n')
    expect(reads.reduce((sum, {bytes}) => sum + bytes, 0)).toBeLessThanOrEqual(whole + 2)
  })

  test('survives an outage in between', async () => {
    const {code, stdout} = await logOf(growing, ['--follow'], {
      options: {faults: [{on: 'GET /projects/*/jobs/*/trace', after: 2, times: 8, answer: {status: 502}}]},
    })
    expect([code, stdout]).toEqual([0, 'one\ntwo ✓\nthree\nfour\n'])
  })

  test('goes to a file whole once it has ended', async () => {
    const {code, cwd} = await logOf(growing, ['--follow', '--output', 'build.log'])
    expect(code).toBe(0)
    expect(readFileSync(path.join(cwd, 'build.log'), 'utf8')).toBe('one\ntwo ✓\nthree\nfour\n')
  })
})

describe('what can go wrong', () => {
  test('a job token alone is refused before anything is asked', async () => {
    const {code, said, transcript} = await logOf(job(102, 'build', 'success'), [], {credentials: 'job'})
    expect([code, transcript]).toEqual([77, []])
    expect(said).toContain('the scope read_api and the role Reporter')
  })

  test('a folder where the file should go gives 73 and says which', async () => {
    const {code, said} = await logOf(job(102, 'build', 'success', {log: 'x\n'}), ['--output', '.'])
    expect([said, code]).toEqual([expect.any(String), 73])
  })

  test('an answer that breaks off is asked for again, and the file is whole', async () => {
    const log = 'x'.repeat(5_000)
    const cwd = temporaryFolder()
    writeFileSync(path.join(cwd, 'build.log'), 'old')
    const {code} = await logOf(job(102, 'build', 'success', {log}), ['--output', 'build.log'], {
      cwd,
      options: {faults: [{on: 'GET /projects/*/jobs/*/trace', times: 1, cut: {bytes: 100}}]},
    })
    expect([code, readFileSync(path.join(cwd, 'build.log'), 'utf8')]).toEqual([0, log])
  })

  test('follow and tail exclude each other', async () => {
    const {code, said} = await logOf(job(102, 'build', 'success'), ['--follow', '--tail', '3'])
    expect([code, said]).toEqual([64, expect.stringContaining('follow and tail exclude each other')])
  })

  test('a log is one request beside the list', async () => {
    const {transcript} = await logOf(job(102, 'build', 'success', {log: 'x\n'}))
    expect(transcript).toEqual(['GET /projects/1/pipelines/11/jobs job-token', trace])
  })
})
