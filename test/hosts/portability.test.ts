import {describe, expect, test} from '@jest/globals'
import {readdir, readFile} from 'node:fs/promises'
import path from 'node:path'
import {safePath} from '../../src/artifacts/zip/entry-path.ts'
import {defaultRules} from '../../src/artifacts/zip/rules.ts'

const root = path.resolve(import.meta.dirname, '..', '..')
const sources = (await Promise.all(['src', 'actions'].map(async (folder) => filesBelow(folder)))).flat()

/**
 * Node takes "/" between the parts of a path on Windows too, so joining with it is fine; but paths that come from there hold "\",
 * so taking one apart at "/" is not. These files do that with names inside archives, which have "/" everywhere.
 */
const aboutArchiveNames = [
  'src/artifacts/publish/older-links.ts',
  'src/artifacts/unpack/links.ts',
  'src/artifacts/list.ts',
  'src/artifacts/unpack/write-plan.ts',
]

test('no source that touches the disk takes a path of it apart at "/"', async () => {
  const found: string[] = []
  for (const {file, text} of await texts()) {
    if (!/from 'node:(?:fs|fs\/promises|path)'/.test(text) || aboutArchiveNames.includes(file)) continue
    if (/\.(?:split|indexOf|lastIndexOf|startsWith|endsWith|includes)\('\/'/.test(text)) found.push(file)
  }
  expect(found).toEqual([])
})

test('no source depends on a folder that only Unix has, or asks for a shell', async () => {
  // What `attempt` reads may be missing; what stands behind a look at the separator is for Unix alone, behind one at the platform for Linux.
  const found = (await texts()).filter(({text}) =>
    /(?<!attempt\(\(\) => \w+\()['"`](?:\/tmp|\/dev\/|\/bin\/|\/proc\/)|shell: true/.test(
      text
        .replaceAll(/sep === '\/' \? \[[^\]]*\] : \[\]/g, '')
        .replaceAll(/process\.platform !== 'linux'\) return [^\n]*\n[^\n]*/g, ''),
    ),
  )
  expect(found.map(({file}) => file)).toEqual([])
})

test('only signals that Windows has are listened for', async () => {
  const signals = (await texts()).flatMap(({text}) =>
    [...text.matchAll(/\.on\('(SIG[A-Z]+)'/g)].map(([, name]) => name),
  )
  expect(new Set(signals)).toEqual(new Set(['SIGHUP', 'SIGINT', 'SIGTERM']))
})

describe('names in an archive that Windows cannot carry', () => {
  const names = [
    'con',
    'AUX.txt',
    'lib/nul',
    'COM1',
    'stream.txt:b',
    'a?.txt',
    'dot.',
    'blank ',
    'sub/lpt9.log',
    'CONIN$',
    'com¹',
  ]

  test.each(names)('%s is refused on Windows and fine elsewhere', (name) => {
    expect(() => safePath(name, {...defaultRules, windows: true})).toThrow(/refused/)
    expect(safePath(name, {...defaultRules, windows: false})).toBe(name)
  })

  test.each(['C:/x', 'a\\b', '\\\\server\\share', '/abs', '../up'])('%s is refused everywhere', (name) => {
    expect(() => safePath(name, {...defaultRules, windows: true})).toThrow(/refused/)
    expect(() => safePath(name, {...defaultRules, windows: false})).toThrow(/refused/)
  })

  test('the rules of Windows hold on Windows', () => {
    expect(defaultRules.windows).toBe(process.platform === 'win32')
  })
})

async function filesBelow(folder: string): Promise<readonly string[]> {
  const entries = await readdir(path.join(root, folder), {recursive: true, withFileTypes: true})
  return entries
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => path.relative(root, path.join(entry.parentPath, entry.name)).replaceAll(path.sep, '/'))
    .filter((file) => !file.startsWith('src/sandbox/'))
}

async function texts(): Promise<readonly {readonly file: string; readonly text: string}[]> {
  return Promise.all(sources.map(async (file) => ({file, text: await readFile(path.join(root, file), 'utf8')})))
}
