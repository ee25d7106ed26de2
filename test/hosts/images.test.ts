import {afterEach, beforeEach, describe, expect, test} from '@jest/globals'
import {existsSync, readFileSync} from 'node:fs'
import {cp, mkdir, mkdtemp, readdir, rm, symlink, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import path from 'node:path'
import {clients, missingClient, nodeProgram, runProgram} from '../support/clients.ts'
import {testUnless} from '../support/optional.ts'

const root = path.resolve(import.meta.dirname, '..', '..')
const read = (file: string): string => readFileSync(path.join(root, file), 'utf8')
const files = ['Dockerfile', 'Dockerfile.debian']
const node = nodeProgram(24)

interface Instruction {
  readonly name: string
  readonly text: string
}

function instructionsOf(file: string): readonly Instruction[] {
  const text = read(file)
    .replaceAll(/^#.*\n/gm, '')
    .replaceAll(/\\\n/g, '')
  return text.split('\n').flatMap((line) => {
    const [, name, rest] = /^([A-Z]+) (.*)$/.exec(line) ?? []
    return name === undefined ? [] : [{name, text: rest ?? ''}]
  })
}

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'jobside-image-'))
})
afterEach(() => rm(folder, {recursive: true, force: true}))

/** The steps of an image in a folder that stands for its root; who owns what and the base's own system are left out. */
async function runSteps(file: string): Promise<Readonly<Record<string, string>>> {
  const inFolder = (text: string): string => text.replaceAll(/(?<=^|[\s"=])\/(?=opt|usr|home)/g, `${folder}/`)
  const env: Record<string, string> = {HOME: folder}
  for (const place of ['usr/local/bin', 'usr/local/lib/node_modules', 'opt/jobside', 'home/node', 'tools'])
    await mkdir(path.join(folder, place), {recursive: true})
  for (const program of ['npm', 'npx', 'corepack', 'yarn'])
    await writeFile(path.join(folder, 'usr/local/bin', program), '')
  await writeFile(path.join(folder, 'tools', 'chown'), '#!/bin/sh\n', {mode: 0o755})
  await symlink(node.file, path.join(folder, 'usr/local/bin/node'))
  for (const {name, text} of instructionsOf(file)) {
    if (name === 'COPY') {
      expect(text).toBe('--chmod=755 dist/ /opt/jobside/')
      await cp(path.join(root, 'dist'), path.join(folder, 'opt/jobside'), {recursive: true})
    }
    if (name === 'ENV') env[text.slice(0, text.indexOf('='))] = inFolder(text.slice(text.indexOf('=') + 1))
    if (name !== 'RUN') continue
    const PATH = [path.join(folder, 'tools'), path.join(folder, 'usr/local/bin'), '/usr/bin:/bin'].join(':')
    const {code, stderr} = await runProgram('sh', ['-c', inFolder(text)], {cwd: folder, env: {...env, PATH}})
    expect({text, code, stderr}).toEqual({text, code: 0, stderr: ''})
  }
  return env
}

describe.each(files)('%s', (file) => {
  testUnless(node.missing)(
    'its steps leave the commands, their compiled code and no package manager',
    async () => {
      const env = await runSteps(file)
      const cache = env['NODE_COMPILE_CACHE'] ?? ''
      const [version = ''] = await readdir(cache)
      const before = await readdir(path.join(cache, version))
      expect(before.length).toBeGreaterThan(15)
      expect(await readdir(path.join(folder, 'usr/local/bin'))).toEqual(['jobside', 'node'])
      expect(existsSync(path.join(folder, 'usr/local/lib/node_modules'))).toBe(false)
      const start = {
        cwd: folder,
        env: {...env, PATH: path.join(folder, 'usr/local/bin'), NODE_DEBUG_NATIVE: 'COMPILE_CACHE'},
      }
      const {code, stdout, stderr} = await runProgram(path.join(folder, 'usr/local/bin/jobside'), ['--version'], start)
      expect({code, stdout: stdout.toString().trim()}).toEqual({
        code: 0,
        stdout: expect.stringMatching(/\d+\.\d+\.\d+$/),
      })
      expect(stderr).toMatch(/jobside\.mjs[^\n]*was accepted/)
      expect(await readdir(path.join(cache, version))).toEqual(before)
    },
    60_000,
  )

  test('runs as a user without rights, of Node 24, with a shell for the runner', () => {
    const all = instructionsOf(file)
    expect(all[0]?.text).toMatch(/^node:24-(?:alpine|slim)$/)
    expect(all.find(({name}) => name === 'USER')?.text).toBe('1000:1000')
    expect(all.some(({name}) => name === 'ENTRYPOINT')).toBe(false)
  })

  testUnless(missingClient('hadolint/bin/hadolint'))('has nothing that hadolint finds', async () => {
    const wrong = path.join(folder, 'Dockerfile')
    await writeFile(wrong, 'FROM node\nRUN cd /opt && sudo ls\n')
    const lint = (place: string) =>
      runProgram(path.join(clients, 'hadolint/bin/hadolint'), ['--format', 'json', place], {cwd: folder})
    const {code, stdout} = await lint(path.join(root, file))
    expect({code, found: JSON.parse(stdout.toString())}).toEqual({code: 0, found: []})
    expect((await lint(wrong)).code).toBe(1)
  })
})

test('the two images differ in nothing but what they stand on', () => {
  const [alpine = [], debian = []] = files.map((file) => instructionsOf(file).slice(1))
  expect(debian).toEqual(alpine)
})
