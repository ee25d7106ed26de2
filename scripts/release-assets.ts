/**
 * Puts what a release publishes beside its tag into release/: the bundles, the executables that are built, the Functions as folders that work
 * alone, the SBOM with its time, tool and serial number, the notes out of the changelog, and SHA256SUMS over all of it. `npm run release:assets`, after the bundles are built.
 */
import {execFile} from 'node:child_process'
import {createHash} from 'node:crypto'
import {copyFile, mkdir, readFile, readdir, rm, writeFile} from 'node:fs/promises'
import path from 'node:path'
import {parseArgs, promisify} from 'node:util'
import {pack} from '../src/artifacts/pack/repack.ts'
import {entryOf} from './release/changelog.ts'
import {functionFiles} from './release/functions.ts'

const root = path.resolve(import.meta.dirname, '..', '..')
const {values} = parseArgs({options: {out: {type: 'string', default: path.join(root, 'release')}}})
const release = values.out
const {version} = JSON.parse(await readFile(path.join(root, 'package.json'), 'utf8')) as {version: string}

await rm(release, {recursive: true, force: true})
await mkdir(release, {recursive: true})
await copyAll('dist', /\.mjs$|^licenses\.txt$/)
await copyAll('build', /^jobside-(?:linux|macos|windows)-/)
await writeFile(path.join(release, 'functions.zip'), await pack(await functionFiles(root)))
await writeFile(path.join(release, 'sbom.json'), await releasedSbom())
await writeFile(path.join(release, 'notes.md'), `${await notes()}\n`)
const files = (await readdir(release)).sort()
const sums = await Promise.all(
  files.map(async (file) => `${sha256(await readFile(path.join(release, file)))}  ${file}\n`),
)
await writeFile(path.join(release, 'SHA256SUMS'), sums.join(''))
console.log(`release/ holds ${files.length + 1} files of ${version}`)

async function copyAll(folder: string, wanted: RegExp): Promise<void> {
  for (const file of await readdir(path.join(root, folder)))
    if (wanted.test(file)) await copyFile(path.join(root, folder, file), path.join(release, file))
}

async function notes(): Promise<string> {
  const changelog = await readFile(path.join(root, 'CHANGELOG.md'), 'utf8')
  return entryOf(changelog, version) ?? entryOf(changelog, 'Unreleased') ?? ''
}

/** The committed one is the same for the same bundles; a release's says when and by what it was made, and has a number of its own. */
async function releasedSbom(): Promise<string> {
  const text = await readFile(path.join(root, 'dist', 'sbom.json'), 'utf8')
  const document = JSON.parse(text) as {readonly metadata: object}
  const {stdout} = await promisify(execFile)('git', ['log', '-1', '--format=%cI'], {cwd: root})
  const hex = sha256(Buffer.from(`${version}\n${text}`))
  const variant = ((Number.parseInt(hex.slice(16, 17), 16) & 3) | 8).toString(16)
  const uuid = `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`
  const metadata = {
    timestamp: new Date(stdout.trim()).toISOString(),
    tools: {components: [{type: 'application', name: 'scripts/sbom.ts', version}]},
    ...document.metadata,
  }
  return `${JSON.stringify({...document, serialNumber: `urn:uuid:${uuid}`, metadata}, undefined, 2)}\n`
}

function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex')
}
