import {execFile} from 'node:child_process'
import path from 'node:path'
import {promisify} from 'node:util'
import {expect, test} from '@jest/globals'

const root = path.resolve(import.meta.dirname, '..', '..')
const run = promisify(execFile)

test('a short round of fuzzing finds nothing in any target', async () => {
  const tsc = path.join(root, 'node_modules', 'typescript', 'bin', 'tsc')
  await run(process.execPath, [tsc, '-p', 'fuzz/tsconfig.json', '--noCheck'], {cwd: root})
  const {stdout} = await run(process.execPath, ['build/fuzz/main.js', '--time', '1s', '--seed', '1'], {cwd: root})
  const rounds = stdout.split('\n').filter((line) => line.includes(' runs '))
  expect(rounds).toHaveLength(10)
  expect(rounds.filter((line) => !line.endsWith(' 0 failures'))).toEqual([])
}, 120_000)
