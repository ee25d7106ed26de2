import type {Socket} from 'node:net'
import {runBundle} from './bundles.ts'
import {fastClock} from './fast-clock.ts'
import {jobOf} from './sequence.ts'
import {jsonAnswer, serveTcp} from './servers.ts'

/** A whole answer as bytes, after which the connection ends; or whatever else to do with a connection that has asked. */
export type Answer = string | Buffer | ((socket: Socket) => void)

export interface Asking {
  readonly command?: string
  readonly argv?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  readonly speed?: number
  /** What comes once the listed answers are used up. */
  readonly last?: Answer
}

/** One job, listed, as everything that asks for jobs is content with. The connection stays. */
export const good = (socket: Socket): void => void socket.write(jsonAnswer([jobOf({})]))

/** Whether a request, by its head or its path, is for the trigger jobs of a pipeline: there are none here, and nobody counts it. */
export function isForTriggerJobs(request: string): boolean {
  return /\/(?:bridges|trigger_jobs)(?:\?| )/.test(request)
}

/** Asks a server that gives these answers in turn. `seen`: when each request for jobs came, in seconds of the command's clock. */
export async function ask(folder: string, answers: readonly Answer[], asking: Asking = {}) {
  const {speed = 20, last = good} = asking
  const seen: number[] = []
  const began = performance.now()
  const origin = await serveTcp((socket, head) => {
    if (isForTriggerJobs(head)) return void socket.write(jsonAnswer([]))
    seen.push(((performance.now() - began) * speed) / 1_000)
    const next = answers[seen.length - 1] ?? last
    if (typeof next === 'function') next(socket)
    else socket.end(next)
  })
  return {...(await askAt(folder, origin, asking)), requests: seen.length, seen}
}

/** Runs a built command, with clocks that run fast, in a job whose GitLab is there. */
export async function askAt(
  folder: string,
  origin: string,
  {command = 'list-jobs', argv = [], env = {}, speed = 20}: Asking = {},
): Promise<{readonly code: number | null; readonly said: string}> {
  const variables = {CI_API_V4_URL: `${origin}/api/v4`, CI_PROJECT_ID: '1', CI_PIPELINE_ID: '1', CI_JOB_ID: '7'}
  const {code, stdout, stderr} = await runBundle(command, argv, {
    cwd: folder,
    env: {...variables, CI_JOB_TOKEN: 'glcbt-canary', NO_COLOR: '1', ...env},
    nodeOptions: fastClock(folder, speed),
  })
  return {code, said: stdout + stderr}
}

export const answer = (status: string, headers = '', body = ''): string =>
  `HTTP/1.1 ${status}\r\n${headers}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`
export const json = (body: string): string => answer('200 OK', 'Content-Type: application/json\r\n', body)
export const reset = (socket: Socket): void => void socket.resetAndDestroy()
/** Sends a few bytes at a time, one unless told, at this pace of real time. */
export const drip =
  (text: string, everyMs: number, bytes = 1) =>
  (socket: Socket): void => {
    let at = 0
    const timer = setInterval(() => {
      if (socket.destroyed || at >= text.length) return clearInterval(timer)
      socket.write(text.slice(at, at + bytes))
      at += bytes
    }, everyMs)
  }
export const gzip = (body: Buffer): Buffer =>
  Buffer.concat([
    Buffer.from(`HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: ${body.length}\r\n\r\n`),
    body,
  ])
