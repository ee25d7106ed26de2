import {afterAll, beforeAll, describe, expect, test} from '@jest/globals'
import {spawn} from 'node:child_process'
import {mkdtemp, rm, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import path from 'node:path'
import {exitCodes} from '../../src/base/errors.ts'
import type {Sandbox} from '../../src/sandbox/cli/sandbox.ts'
import {dist} from '../support/bundles.ts'
import {startSandbox} from '../support/sandbox.ts'

const wrappers = {
  /** Up to 19.0. */
  old: (script: string) => `: | eval ${quoted(script)}`,
  /** From 19.1. */
  new: (script: string) => `(\n${script}\n)`,
} as const

let sandbox: Sandbox
let folder: string

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'jobside-runner-'))
  sandbox = await startSandbox('states', {
    faults: [
      {on: 'GET /projects/8/jobs', html: true},
      {on: 'GET /projects/9/jobs', answer: {status: 503}},
    ],
  })
})

afterAll(async () => {
  await sandbox.close()
  await rm(folder, {recursive: true, force: true})
})

/** How each code of the table comes about. A job cannot be interrupted from outside in a table: 130 and 143 have their own test. */
const lines: Readonly<Record<number, string>> = {
  0: 'get-job --job success',
  20: 'wait-for-job --job failed --settle 0s',
  21: 'wait-for-job --job canceled --settle 0s',
  22: 'erase-job --job pending --yes',
  64: 'wait-for-job --timeout soon',
  66: 'get-job --job nothing',
  69: 'list-jobs --project 9 --all --attempts 1',
  73: 'get-job --job success --json /dev/null/x',
  75: 'wait-for-job --job pending --timeout 1s',
  76: 'list-jobs --project 8 --all',
  77: 'get-job-log --job success --auth job-token',
}
const others = [1, 129, 130, 143]

test('every exit code has a line that comes to it, or a test of its own', () => {
  const codes = Object.values(exitCodes).map(({code}) => code)
  expect(codes.filter((code) => lines[code] === undefined && !others.includes(code))).toEqual([])
})

describe.each(Object.entries(wrappers))('under the %s wrapper', (_, wrap) => {
  test.each(Object.entries(lines))('exit code %s arrives', async (code, line) => {
    const ended = await runJob(wrap(`node ${path.join(dist, 'jobside.mjs')} ${line} || exit $?\necho went on`))
    expect(ended).toMatchObject({code: Number(code)})
    expect(ended.log.includes('went on')).toBe(code === '0')
  })

  test('SIGTERM to the group ends the command with 143, and the shell by its trap', async () => {
    const line = `node ${path.join(dist, 'wait-for-job.mjs')} --job pending`
    const ended = await runJob(wrap(`(trap : TERM; ${line} || echo "code $?")`), /: pending/)
    expect(ended.log).toContain('Stopped by SIGTERM.')
    expect(ended.log).toContain('code 143')
    expect(ended.code).toBe(1)
  })
})

test('without "|| exit $?" the old form turns every code into 1, which is why the examples have it', async () => {
  const script = `node ${path.join(dist, 'jobside.mjs')} ${lines[66]}`
  expect((await runJob(wrappers.old(script))).code).toBe(1)
  expect((await runJob(wrappers.new(script))).code).toBe(66)
})

interface JobEnded {
  readonly code: number | null
  readonly log: string
}

/** Runs a script as the runner's shell executor does, and signals its process group once the log says what is asked. */
async function runJob(script: string, signalAfter?: RegExp): Promise<JobEnded> {
  const file = path.join(folder, `script-${Math.random().toString(36).slice(2)}.sh`)
  await writeFile(file, `set -o errexit\nset -o pipefail\nset +o noclobber\ntrap 'exit 1' TERM\n${script}\nexit 0\n`)
  const env = {PATH: process.env['PATH'], ...sandbox.env, CI: 'true', GITLAB_CI: 'true', CI_SERVER_VERSION: '19.2.0'}
  const child = spawn('bash', [file], {cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'], detached: true})
  let log = ''
  let isSignalled = false
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      log += chunk.toString()
      if (isSignalled || !signalAfter?.test(log)) return
      isSignalled = true
      process.kill(-(child.pid ?? 0), 'SIGTERM')
    })
  }
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) => resolve({code, log}))
  })
}

/** As the runner quotes: bash's own $'…' form. */
function quoted(script: string): string {
  return `$'${script.replaceAll('\\', '\\\\').replaceAll("'", "\\'").replaceAll('\n', '\\n')}'`
}
