import {mkdtempSync, rmSync} from 'node:fs'
import {createServer, type Socket} from 'node:net'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, afterEach, beforeAll, describe, expect, test} from '@jest/globals'
import {runBundle, type BundleRun} from '../support/bundles.ts'
import {isForTriggerJobs} from '../support/raw-answers.ts'
import {jobOf} from '../support/sequence.ts'
import {closeServers, jsonAnswer, listen} from '../support/servers.ts'

/** undici compiles its parser while the first connection is made: here that takes longer than the connection lives. */
const slowly = (ms: number): readonly string[] => {
  const hook = `const {compile}=WebAssembly;WebAssembly.compile=(...code)=>new Promise((resolve)=>setTimeout(resolve,${ms})).then(()=>compile(...code))`
  return ['--import', `data:text/javascript,${encodeURIComponent(hook)}`]
}

let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'jobside-first-'))
})
afterEach(closeServers)
afterAll(() => rmSync(folder, {recursive: true, force: true}))

async function listJobs(
  first: (socket: Socket) => void,
  ms: number,
  options: Partial<Parameters<typeof runBundle>[2]> = {},
): Promise<BundleRun & {readonly connections: number}> {
  let connections = 0
  const gitlab = createServer((socket) => {
    socket.on('error', () => {})
    if (++connections === 1) return first(socket)
    socket.on('data', (head) => {
      socket.write(jsonAnswer(isForTriggerJobs(String(head)) ? [] : [jobOf({})]))
    })
  })
  const env = {
    CI_API_V4_URL: `http://127.0.0.1:${await listen(gitlab)}/api/v4`,
    CI_PROJECT_ID: '1',
    CI_PIPELINE_ID: '1',
    CI_JOB_TOKEN: 'glcbt-canary',
  }
  const run = await runBundle('list-jobs', [], {cwd: folder, env, nodeOptions: slowly(ms), ...options})
  return {...run, connections}
}

describe('a connection that ends before anything was asked on it', () => {
  test.each<[string, (socket: Socket) => void]>([
    ['reset', (socket) => socket.resetAndDestroy()],
    ['closed', (socket) => socket.end()],
  ])('%s by the server, is made anew, and nobody waits for the old one', async (_, first) => {
    const {code, stdout, connections} = await listJobs(first, 500)
    expect({code, stdout}).toEqual({code: 0, stdout: expect.stringContaining('1 job')})
    expect(connections).toBeGreaterThan(1)
  })
})

test('a signal ends a run while its connection is still being made, long before that is given up after 10 s', async () => {
  let pid = 0
  const gitlab = createServer((socket) => {
    socket.on('error', () => {}).resume()
    setTimeout(() => process.kill(pid, 'SIGTERM'), 200)
  })
  const env = {
    CI_API_V4_URL: `https://127.0.0.1:${await listen(gitlab)}/api/v4`,
    CI_PROJECT_ID: '1',
    CI_PIPELINE_ID: '1',
  }
  const run = runBundle('list-jobs', [], {
    cwd: folder,
    env: {...env, CI_JOB_TOKEN: 'glcbt-canary'},
    during: (started) => void (pid = started.pid ?? 0),
  })
  const late = new Promise<undefined>((resolve) => void setTimeout(() => resolve(undefined), 8_000).unref())
  expect(await Promise.race([run, late])).toMatchObject({code: 143})
})
