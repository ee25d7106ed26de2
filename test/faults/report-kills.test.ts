import {readdirSync, readFileSync, rmSync, watch, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {afterAll, beforeAll, beforeEach, describe, expect, test} from '@jest/globals'
import {jobVariables, openScene, pullByRef, type Scene} from '../support/bundle-scene.ts'
import {isLong} from '../support/long.ts'
import {testUnless} from '../support/optional.ts'
import {missingStrace, runShell} from '../support/shell.ts'

let scene: Scene
beforeAll(async () => {
  scene = await openScene(undefined, {storage: 'redirect'})
})
afterAll(() => scene.close())

const file = (): string => join(scene.folder, 'a.env')
const read = (): string => readFileSync(file(), 'utf8')
const pull = [...pullByRef, '--path', 'out'] as const
const old = 'A=1\n'
const complete = /^A=1\nFOUND=true\n(?:[A-Z0-9_]+=.*\n)+$/
beforeEach(() => {
  for (const name of readdirSync(scene.folder)) rmSync(join(scene.folder, name), {recursive: true})
  writeFileSync(file(), old)
})

describe('F92 a report', () => {
  test('that is cut by a kill is the old one or the new one', async () => {
    let hits = 0
    for (let round = 0; hits < (isLong ? 100 : 3) && round < (isLong ? 400 : 12); round += 1) {
      writeFileSync(file(), old)
      rmSync(join(scene.folder, 'out'), {recursive: true, force: true})
      const {signal} = await scene.run('download-artifacts-by-ref', [...pull, '--dotenv', 'a.env'], {
        during: (child) => {
          // What was pulled is there: now come the reports.
          const watcher = watch(scene.folder, (_, name) => {
            if (name !== 'out') return
            watcher.close()
            setTimeout(() => child.kill('SIGKILL'), Math.random() * 4)
          })
          child.once('exit', () => watcher.close())
        },
      })
      if (signal === 'SIGKILL') hits += 1
      if (read() !== old) expect(read()).toMatch(complete)
      for (const name of readdirSync(scene.folder)) if (name.endsWith('.tmp')) rmSync(join(scene.folder, name))
    }
    if (isLong) process.stderr.write(`F92: ${hits} hits\n`)
    expect(hits).toBe(isLong ? 100 : 3)
  }, 600_000)

  testUnless(missingStrace())('that is killed in the place of the call that names it is the old one', async () => {
    const calls = '?rename,?renameat,?renameat2'
    const inject = `-f -o /dev/null -e trace=${calls} -e inject=${calls}:signal=KILL:when=1`
    // It waits for nothing and unpacks nothing, so its first rename is that of the report.
    const {signal} = await runShell(
      `exec strace ${inject} "$NODE" "$DIST/wait-for-job.mjs" --job endless --pipeline-id 11 --timeout 1s --dotenv a.env`,
      {cwd: scene.folder, env: jobVariables(scene.sandbox)},
    )
    expect({signal, text: read()}).toEqual({signal: 'SIGKILL', text: old})
  })
})
