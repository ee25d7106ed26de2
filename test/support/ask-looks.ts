import {readFileSync, rmSync} from 'node:fs'
import {join} from 'node:path'
import {runBundle} from './bundles.ts'
import {fastClock} from './fast-clock.ts'
import {serveLooks, type Look} from './sequence.ts'

export interface Waiting {
  readonly argv?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  readonly speed?: number
  readonly jumpMs?: number
  readonly command?: string
  readonly onPost?: (count: number) => number | 'lost'
}

/** Runs a built command, the one that waits unless another is named, for the job "build" of that pipeline. No request is timed. */
export async function askLooks(folder: string, looks: readonly Look[], waiting: Waiting = {}) {
  const {argv = [], env = {}, speed = 50, jumpMs = 0, command = 'wait-for-job', onPost} = waiting
  const server = await serveLooks(looks, onPost)
  const file = join(folder, 'outputs.json')
  rmSync(file, {force: true})
  const run = await runBundle(command, ['--job', 'build', '--json', file, '--request-timeout', '10m', ...argv], {
    cwd: folder,
    env: {
      CI_API_V4_URL: `${server.origin}/api/v4`,
      CI_PROJECT_ID: '1',
      CI_PIPELINE_ID: '1',
      CI_JOB_TOKEN: 'glcbt-canary',
      CI_SERVER_VERSION: '19.2.0',
      NO_COLOR: '1',
      ...env,
    },
    nodeOptions: fastClock(folder, speed, jumpMs),
  })
  const outputs = (): Record<string, unknown> => JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>
  return {code: run.code, said: run.stdout + run.stderr, looks: server.looks(), posts: server.posts(), outputs}
}
