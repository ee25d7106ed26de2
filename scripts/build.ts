/**
 * Bundles every command into one standalone file: `node build/scripts/build.js [--check]`, after `tsc -p tsconfig.build.json`.
 * With --check nothing is written: the fresh bundles must equal those in dist/. With names, only these are made, while working on them.
 */
import {execFile} from 'node:child_process'
import {chmod, mkdir, mkdtemp, readFile, readdir, rm, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import path from 'node:path'
import {promisify} from 'node:util'
import {bundleAll} from './bundle-all.ts'
import {bundleNames, embedWorker, type Bundle} from './bundle.ts'
import {libraryTypes} from './library-types.ts'
import {sbom} from './sbom.ts'

const run = promisify(execFile)
const root = path.resolve(import.meta.dirname, '..', '..')

/** Bytes. A command without archives must stay small enough to vendor; one with archives carries the zip writer too. The largest decides. */
const budgets = {plain: 460_000, archives: 800_000, all: 900_000, sandbox: 650_000} as const

const isCheck = process.argv.includes('--check')
const only = process.argv.slice(2).filter((argument) => !argument.startsWith('--'))
const names = (await bundleNames(root)).filter((name) => only.length === 0 || only.includes(name))
await embedWorker(root)
const bundles = await bundleAll(root, names)
const files = new Map(bundles.map(({name, code}) => [`${name}.mjs`, code]))
if (names.includes('library')) files.set('library.d.ts', await libraryTypes(root))
if (only.length === 0) files.set('licenses.txt', licenceTexts(bundles)).set('sbom.json', await sbom(root, bundles))

const problems = [...overBudget(bundles), ...(await dead(files))]
if (isCheck) problems.push(...(await differences(files)))
else await write(files)
for (const {name, kind, code} of bundles)
  console.log(`${name.padEnd(26)} ${kib(code)} of ${Math.round(budgets[kind] / 1024)} KiB`)
for (const problem of problems) console.error(problem)
process.exitCode = problems.length > 0 ? 1 : 0

function kib(code: string): string {
  return `${Math.round(Buffer.byteLength(code) / 1024)}`.padStart(5)
}

function overBudget(built: readonly Bundle[]): string[] {
  return built
    .filter(({kind, code}) => Buffer.byteLength(code) > budgets[kind])
    .map(({name, kind, code}) => `dist/${name}.mjs is ${Buffer.byteLength(code)} bytes; its budget is ${budgets[kind]}`)
}

/** Runs each bundle alone in an empty folder: ncc can drop a package and still exit 0. */
async function dead(built: ReadonlyMap<string, string>): Promise<string[]> {
  const folder = await mkdtemp(path.join(tmpdir(), 'jobside-build-'))
  try {
    const outcomes = await Promise.all(
      [...built]
        .filter(([file]) => file.endsWith('.mjs'))
        .flatMap(([file, code]) =>
          (file === 'library.mjs'
            ? [importing(file)]
            : [
                [file, '--version'],
                [file, '--help'],
              ]
          ).map((line) => starts(folder, file, code, line)),
        ),
    )
    return outcomes.flat()
  } finally {
    await rm(folder, {recursive: true, force: true})
  }
}

/** The arguments of a Node that imports it and tells what it exports. */
function importing(file: string): string[] {
  return ['--input-type=module', '--eval', `console.log(Object.keys(await import('./${file}')).join())`]
}

async function starts(folder: string, file: string, code: string, line: readonly string[]): Promise<string[]> {
  const alone = await mkdtemp(path.join(folder, 'alone-'))
  await writeFile(path.join(alone, file), code)
  try {
    const {stdout} = await run(process.execPath, line, {cwd: alone, env: {PATH: process.env['PATH']}})
    return stdout.trim() === '' ? [`node ${line.join(' ')} prints nothing`] : []
  } catch (error) {
    return [`node ${line.join(' ')} fails alone in an empty folder: ${String(error)}`]
  }
}

async function differences(built: ReadonlyMap<string, string>): Promise<string[]> {
  const present = only.length > 0 ? [] : await readdir(path.join(root, 'dist')).catch((): string[] => [])
  const stale = present.filter((file) => !built.has(file)).map((file) => `dist/${file} is not made by the build`)
  const changed = await Promise.all(
    [...built].map(async ([file, code]) =>
      (await readFile(path.join(root, 'dist', file), 'utf8').catch(() => '')) === code
        ? []
        : [`dist/${file} differs from a fresh build: run "npm run build"`],
    ),
  )
  return [...stale, ...changed.flat()]
}

async function write(built: ReadonlyMap<string, string>): Promise<void> {
  const dist = path.join(root, 'dist')
  if (only.length === 0) await rm(dist, {recursive: true, force: true})
  await mkdir(dist, {recursive: true})
  for (const [file, code] of built) {
    await writeFile(path.join(dist, file), code)
    if (file.endsWith('.mjs') && file !== 'library.mjs') await chmod(path.join(dist, file), 0o755)
  }
}

function licenceTexts(built: readonly Bundle[]): string {
  const licences = new Map(built.flatMap(({licences}) => [...licences]))
  return [...licences.keys()]
    .sort()
    .map((name) => `${name}\n\n${licences.get(name) ?? ''}\n`)
    .join(`\n${'-'.repeat(80)}\n\n`)
}
