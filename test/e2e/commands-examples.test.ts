import {spawn} from 'node:child_process'
import {chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync} from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import {afterAll, beforeAll, describe, expect, test} from '@jest/globals'
import {parse} from 'yaml'
import {dist} from '../support/bundles.ts'
import {startSandbox} from '../support/sandbox.ts'
import {exampleWorld} from './commands-world.ts'

const actions = path.resolve(import.meta.dirname, '..', '..', 'actions')
const names = readdirSync(actions, {withFileTypes: true})
  .filter((entry) => entry.isDirectory() && entry.name !== 'jobside')
  .map(({name}) => name)
const examples = names.flatMap((name) => examplesIn(name).map((script) => [name, script] as const))

let bin: string
beforeAll(() => {
  bin = mkdtempSync(path.join(os.tmpdir(), 'jobside-bin-'))
  const shim = path.join(bin, 'jobside')
  writeFileSync(shim, `#!/bin/sh\nexec "${process.execPath}" "${path.join(dist, 'jobside.mjs')}" "$@"\n`)
  chmodSync(shim, 0o755)
})
afterAll(() => rmSync(bin, {recursive: true}))

test('every command has an example at the top of its README', () => {
  for (const name of names) {
    const lines = readFileSync(path.join(actions, name, 'README.md'), 'utf8').split('\n')
    expect([name, lines.findIndex((line) => line.startsWith(`jobside ${name}`))]).toEqual([name, expect.any(Number)])
    expect(lines.slice(0, 12).join('\n')).toContain(`jobside ${name}`)
  }
})

describe('an example does, as printed, what it says', () => {
  test.concurrent.each(examples)('%s: %s', async (name, script) => {
    const sandbox = await startSandbox(exampleWorld(name), {clock: 'real'})
    const cwd = mkdtempSync(path.join(os.tmpdir(), 'jobside-example-'))
    try {
      prepare(cwd)
      const {code, output} = await shell(script, cwd, {...sandbox.env, GITLAB_CI: 'true'})
      expect([output, code]).toEqual([expect.any(String), 0])
      expect(sandbox.requests().filter(({unknown}) => unknown)).toEqual([])
      // A dry run with a job token alone may know all that it tells.
      if (!script.includes('--dry-run')) expect(sandbox.requests().length).toBeGreaterThan(0)
    } finally {
      await sandbox.close()
      rmSync(cwd, {recursive: true})
    }
  })
})

/** What stands in the fences of a README: each command of a shell block, and the script of each job of a YAML block. */
function examplesIn(name: string): readonly string[] {
  const text = readFileSync(path.join(actions, name, 'README.md'), 'utf8')
  return [...text.matchAll(/^```(\w+)\n([^]*?)^```$/gm)].flatMap(([, language, body = '']) => {
    if (language === 'sh') return body.split('\n').filter((line) => line.trim() !== '' && !line.startsWith('#'))
    const jobs = Object.values(parse(body) as Record<string, {readonly script?: readonly string[]}>)
    return jobs.flatMap(({script}) => (script ? [script.join('\n')] : []))
  })
}

/** The checkout that the examples are run in: the bundles in dist/, where one also unpacks, and a script of the user's own. */
function prepare(cwd: string): void {
  mkdirSync(path.join(cwd, 'dist'))
  for (const name of readdirSync(dist)) symlinkSync(path.join(dist, name), path.join(cwd, 'dist', name))
  mkdirSync(path.join(cwd, 'vendor'))
  writeFileSync(path.join(cwd, 'deploy.sh'), '#!/bin/sh\necho deployed\n', {mode: 0o755})
}

function shell(script: string, cwd: string, env: Readonly<Record<string, string>>) {
  const child = spawn('sh', ['-ec', script], {
    cwd,
    env: {...env, PATH: `${bin}:${path.dirname(process.execPath)}:${process.env['PATH'] ?? ''}`},
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const chunks: Buffer[] = []
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => chunks.push(chunk))
  return new Promise<{readonly code: number | null; readonly output: string}>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) => resolve({code, output: Buffer.concat(chunks).toString()}))
  })
}
