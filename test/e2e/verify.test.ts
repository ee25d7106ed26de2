import {execFile} from 'node:child_process'
import {createHash} from 'node:crypto'
import {cpSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import path from 'node:path'
import {promisify} from 'node:util'
import {afterAll, beforeAll, expect, test} from '@jest/globals'
import {fencesOf} from './markdown.ts'

const run = promisify(execFile)
const root = path.resolve(import.meta.dirname, '..', '..')
const fences = (await fencesOf(root, 'docs/install.md')).map(({text}) => text)
const bySums = fences.find((text) => text.includes('sha256sum')) ?? ''
const byBuilding = fences.find((text) => text.includes('git clone')) ?? ''

let folder: string
let origin: string
let home: string
const vendored = (): string => path.join(home, 'ci/wait-for-job.mjs')

/** The lines with this repository in place of the one that the page names, and `npm ci` that takes what is installed already. */
async function runLines(script: string): Promise<{readonly code: number; readonly log: string}> {
  const url = /https:\S+\.git/.exec(byBuilding)?.[0] ?? ''
  const env = {
    PATH: `${path.join(folder, 'bin')}:${process.env['PATH'] ?? ''}`,
    HOME: folder,
    TMPDIR: tmpdir(),
    GIT_CONFIG_COUNT: '1',
    GIT_CONFIG_KEY_0: `url.file://${origin}.insteadOf`,
    GIT_CONFIG_VALUE_0: url,
  }
  return run('bash', ['--norc', '-euo', 'pipefail', '-c', script], {cwd: home, env, maxBuffer: 1 << 26}).then(
    ({stdout, stderr}) => ({code: 0, log: stdout + stderr}),
    ({code, stdout, stderr}: {code: number; stdout: string; stderr: string}) => ({code, log: stdout + stderr}),
  )
}

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'jobside-verify-'))
  // As deep as the clone: the packages lie outside of both, and their places below it are part of a bundle.
  origin = path.join(folder, 'project', 'origin')
  home = path.join(folder, 'home')
  for (const place of [origin, path.join(home, 'ci'), path.join(folder, 'bin')]) mkdirSync(place, {recursive: true})
  const left = ['.git', '.clients', 'build', 'dist', 'node_modules', 'release', 'test']
  for (const name of readdirSync(root).filter((entry) => !left.includes(entry)))
    cpSync(path.join(root, name), path.join(origin, name), {recursive: true})
  cpSync(path.join(root, 'test/sandbox/pages'), path.join(origin, 'test/sandbox/pages'), {recursive: true})
  cpSync(path.join(root, 'test/reliability-rows.ts'), path.join(origin, 'test/reliability-rows.ts'))
  symlinkSync(path.join(root, 'node_modules'), path.join(origin, 'node_modules'))
  const npm = (await run('bash', ['-c', 'command -v npm'])).stdout.trim()
  const shim = `#!/bin/sh\n[ "$1" = ci ] && exec ln -s ${path.join(root, 'node_modules')} node_modules\nexec ${npm} "$@"\n`
  writeFileSync(path.join(folder, 'bin/npm'), shim, {mode: 0o755})
  await run('npm', ['run', 'build', '--', 'wait-for-job'], {cwd: origin, maxBuffer: 1 << 26})
  const git = (...argv: readonly string[]) =>
    run('git', ['-c', 'user.name=a', '-c', 'user.email=a@example.com', ...argv], {cwd: origin})
  await git('init', '--quiet')
  await git('add', '--all', '--', '.', ':!node_modules')
  await git('commit', '--quiet', '--message', 'first')
  const {version} = JSON.parse(readFileSync(path.join(origin, 'package.json'), 'utf8')) as {readonly version: string}
  await git('tag', `v${version}`)
  const sums = ['jobside.mjs', 'wait-for-job.mjs'].map((file) => {
    const bytes = readFileSync(path.join(file === 'jobside.mjs' ? root : origin, 'dist', file))
    return `${createHash('sha256').update(bytes).digest('hex')}  ${file}\n`
  })
  writeFileSync(path.join(home, 'SHA256SUMS'), sums.join(''))
  cpSync(path.join(origin, 'dist/wait-for-job.mjs'), vendored())
}, 240_000)
afterAll(() => rmSync(folder, {recursive: true, force: true}))

test('the page’s first line says that a vendored file is the released one, and no longer after a changed byte', async () => {
  const line = bySums.split('\n').find((text) => text.includes('sha256sum')) ?? 'false'
  expect(await runLines(line)).toEqual({code: 0, log: 'wait-for-job.mjs: OK\n'})
  const text = readFileSync(vendored(), 'utf8')
  try {
    writeFileSync(vendored(), text.replace('\n', '\n\n'))
    expect(await runLines(line)).toEqual({code: 1, log: expect.stringContaining('wait-for-job.mjs: FAILED')})
  } finally {
    writeFileSync(vendored(), text)
  }
})

test('the page’s other lines build the vendored file anew from the source of its tag, elsewhere, byte by byte', async () => {
  const {code, log} = await runLines(byBuilding)
  expect({code, end: code === 0 ? '' : log}).toEqual({code: 0, end: ''})
  writeFileSync(vendored(), `${readFileSync(vendored(), 'utf8')}\n`)
  expect((await runLines('cmp jobside/dist/wait-for-job.mjs ci/wait-for-job.mjs')).code).toBe(1)
}, 180_000)
