import type {ChildProcess} from 'node:child_process'
import {readdirSync, rmSync} from 'node:fs'
import {join} from 'node:path'
import {afterAll, beforeAll, beforeEach, describe, expect, test} from '@jest/globals'
import type {FaultRule} from '../../src/sandbox/world/world-types.ts'
import {
  libraryFiles,
  openScene,
  pullByRef,
  treeOf,
  treeOfFiles,
  sceneWorld,
  type Scene,
} from '../support/bundle-scene.ts'
import {isLong} from '../support/long.ts'
import {createStopwatch, expectSoon, type Stopwatch} from '../support/stopwatch.ts'

const withParts = sceneWorld({
  jobs: ['part 1', 'part 2', 'part 3'].map((name, index) => ({
    id: 111 + index,
    name,
    status: 'success',
    user: 'dev',
    artifacts: {files: {[`${name}.txt`]: 'x'.repeat(5_000)}},
  })),
})

let scene: Scene
beforeAll(async () => {
  scene = await openScene(withParts, {storage: 'redirect'})
})
afterAll(() => scene.close())
beforeEach(() => scene.sandbox.clearRequests())

const one = ['download-artifacts-by-ref', [...pullByRef, '--path', 'out']] as const
const many = ['download-artifacts', ['--job-match', 'part *', '--layout', 'merged', '--path', 'out']] as const
const pausing: readonly FaultRule[] = [{on: '**', answer: {status: 503, headers: {'Retry-After': '100'}}}]
const backoff: readonly FaultRule[] = [{on: '**', answer: {status: 503}}]
const partsFail: readonly FaultRule[] = [{on: '**/artifacts', answer: {status: 503}}]
const stalled: readonly FaultRule[] = [{on: 'storage', stall: {bytes: 10, for: '60s'}}]

/** Whether it has come so far, by what it has said or asked; the moment after that is random. */
type Sign = (said: string) => boolean
const pauses: Sign = (said) => said.includes('Trying again')
const asksApi: Sign = () => scene.sandbox.requests().length > 0
const asksStorage: Sign = () => scene.sandbox.requests().some(({origin}) => origin === 'storage')

const cases = [
  ['in a wait', ['wait-for-job', ['--job', 'endless', '--pipeline-id', '11', '--interval', '20s']], [], asksApi],
  ['in a wait for jobs to come', [many[0], ['--job', 'endless', '--wait', '--path', 'out']], [], asksApi],
  ['in the pause that a server asks for', one, pausing, pauses],
  ['in the pauses between tries', one, backoff, pauses],
  ['in the pauses between tries for several archives', many, partsFail, pauses],
  ['in an answer that stalls', one, stalled, asksStorage],
  ['in several answers that stall', many, stalled, asksStorage],
] as const

const exits: number[] = []
describe('F80 a signal', () => {
  test.each(cases)(
    '%s ends it with its code, soon, and leaves nothing',
    async (_, [name, argv], faults, sign) => {
      scene.setFaults(faults)
      for (let round = 0; round < (isLong ? 10 : 1); round += 1) {
        for (const [signal, code] of [
          ['SIGTERM', 143],
          ['SIGINT', 130],
        ] as const) {
          const {code: ended, said, exitMs} = await runStopped(name, argv, signal, sign)
          exits.push(exitMs)
          expect({ended, said}).toEqual({ended: code, said: expect.stringContaining(`Stopped by ${signal}`)})
          expect(readdirSync(scene.folder)).toEqual([])
        }
      }
    },
    300_000,
  )

  test('has ended all of these within two seconds', () => expectSoon(exits))
})

/** Readers of pipelines end early (`| head -1`), runners hang up, and containers pass SIGPIPE on. */
describe('16.7 a terminal or a reader that goes away', () => {
  const complete = treeOfFiles(libraryFiles)
  test.each<[string, (child: ChildProcess) => void]>([
    ['SIGPIPE in the middle', (child) => void child.kill('SIGPIPE')],
    ['a closed standard output', (child) => void child.stdout?.destroy()],
    ['a closed standard output and error', (child) => [child.stdout, child.stderr].forEach((pipe) => pipe?.destroy())],
  ])('%s: all of it is there, and nothing else', async (_, leave) => {
    scene.setFaults([{on: 'storage', stall: {bytes: 10, for: '300ms'}, times: 1}])
    const {code, signal} = await scene.run(one[0], one[1], {during: afterAsking(leave)})
    expect({code, signal, tree: treeOf(join(scene.folder, 'out'))}).toEqual({code: 0, signal: null, tree: complete})
    expect(readdirSync(scene.folder)).toEqual(['out'])
    rmSync(join(scene.folder, 'out'), {recursive: true})
  })

  test('SIGHUP ends it, and leaves nothing', async () => {
    scene.setFaults(stalled)
    const {code} = await scene.run(one[0], one[1], {during: afterAsking((child) => void child.kill('SIGHUP'))})
    expect({code, left: readdirSync(scene.folder)}).toEqual({code: 129, left: []})
  })
})

const afterAsking =
  (act: (child: ChildProcess) => void) =>
  (child: ChildProcess): void => {
    const look = setInterval(() => {
      if (!asksStorage('')) return
      clearInterval(look)
      act(child)
    }, 10)
    child.once('exit', () => clearInterval(look))
  }

async function runStopped(
  name: string,
  argv: readonly string[],
  signal: NodeJS.Signals,
  sign: Sign,
): Promise<{readonly code: number | null; readonly said: string; readonly exitMs: number}> {
  scene.sandbox.clearRequests()
  let stopwatch: Stopwatch | undefined
  let heard = ''
  const {code, stdout, stderr} = await scene.run(name, argv, {
    env: {GITLAB_TOKEN: 'glpat-dev'},
    during: (child) => {
      stopwatch = createStopwatch(child)
      const hear = (chunk: Buffer): void => void (heard += String(chunk))
      child.stdout?.on('data', hear)
      child.stderr?.on('data', hear)
      const look = setInterval(() => {
        if (!sign(heard)) return
        clearInterval(look)
        setTimeout(() => stopwatch?.send(signal), Math.random() * 400)
      }, 20)
      child.once('exit', () => clearInterval(look))
    },
  })
  return {code, said: stdout + stderr, exitMs: stopwatch?.exitMs() ?? 0}
}
