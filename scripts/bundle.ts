import {readFile, readdir, writeFile} from 'node:fs/promises'
import {createRequire} from 'node:module'
import path from 'node:path'
import {checkLeftOut, loadedLate, skimmed, stands, withoutLeftOut} from './lean.ts'
import {withPrologue} from './prologue.ts'

export interface Bundle {
  readonly name: string
  readonly kind: 'plain' | 'archives' | 'all' | 'sandbox'
  readonly code: string
  /** Package name and version to licence text, of all that is inside. */
  readonly licences: ReadonlyMap<string, string>
}

interface Ncc {
  (
    input: string,
    options: Readonly<Record<string, unknown>>,
  ): Promise<{code: string; assets: Record<string, {source: Buffer | string}>; stats: NccStats}>
}

interface NccStats {
  readonly compilation: {
    readonly modules: Iterable<{readonly resource?: string; readonly modules?: Iterable<{readonly resource?: string}>}>
  }
}

const ncc = createRequire(import.meta.url)('@vercel/ncc') as Ncc

/** Every bundle's name: one a folder of actions/, the program of all commands, the library, and the sandbox. */
export async function bundleNames(root: string): Promise<string[]> {
  const folders = await readdir(path.join(root, 'actions'), {withFileTypes: true})
  return [...folders.filter((entry) => entry.isDirectory()).map((entry) => entry.name), 'library', 'sandbox'].sort()
}

const entries: Readonly<Record<string, string>> = {
  library: 'actions/jobside/library.js',
  sandbox: 'src/sandbox/cli/main.js',
}

/** Makes one bundle out of the compiled sources in build/. Throws if it would need a second file. */
export async function bundle(root: string, name: string): Promise<Bundle> {
  const entry = entries[name] ?? `actions/${name}/main.js`
  const {code, stats} = await oneFile(root, entry)
  const packages = packagesOf(stats)
  const whole = skimmed(loadedLate(code))
  return {
    name,
    kind: kindOf(name, packages),
    // The prologue sets up a process, which a library leaves to those whose it is.
    code: name === 'library' ? whole : withPrologue(whole),
    licences: await licencesOf(packages),
  }
}

/**
 * Puts the program of an unpacking thread where the engine takes it from, in the compiled sources. It is started from its text, which has no place
 * that built-in modules could be required from.
 */
export async function embedWorker(root: string): Promise<void> {
  await checkLeftOut(root)
  const {code} = await oneFile(root, 'src/artifacts/unpack/worker.js')
  const program = code
    .replace(/^import\{createRequire as \w+\}from"module";/, '')
    .replace(/\b\w+\(import\.meta\.url\)\(/g, 'process.getBuiltinModule(')
    .replaceAll('import.meta.url', '"file:///"')
  if (/\bimport\b/.test(program)) throw new Error('the program of a thread imports what it cannot have')
  const text = JSON.stringify(`${program}\n//# sourceURL=jobside-worker.mjs\n`)
  await writeFile(
    path.join(root, 'build/src/artifacts/unpack/worker-source.js'),
    `export const workerSource = ${text}\n`,
  )
}

async function oneFile(root: string, entry: string): Promise<{readonly code: string; readonly stats: NccStats}> {
  const {code, assets, stats} = await ncc(path.join(root, 'build', entry), {
    cache: false,
    minify: true,
    quiet: true,
    target: 'es2022',
    externals: stands,
  })
  const extra = Object.keys(assets).filter((asset) => asset !== 'package.json')
  if (extra.length > 0) throw new Error(`${entry} is not one file: ${extra.join(', ')}`)
  return {code: withoutLeftOut(code), stats}
}

function kindOf(name: string, packages: ReadonlySet<string>): Bundle['kind'] {
  if (name === 'sandbox') return 'sandbox'
  if (name === 'jobside' || name === 'library') return 'all'
  return [...packages].some((folder) => /[\\/](archiver|unzipper)$/.test(folder)) ? 'archives' : 'plain'
}

/** The folders of all packages with at least one module inside. */
function packagesOf(stats: NccStats): Set<string> {
  const found = new Set<string>()
  for (const module of stats.compilation.modules) {
    for (const {resource} of [module, ...(module.modules ?? [])]) {
      const folder = /^.*[\\/]node_modules[\\/](?:@[^\\/]+[\\/])?[^\\/]+/.exec(resource ?? '')?.[0]
      if (folder !== undefined) found.add(folder)
    }
  }
  return found
}

async function licencesOf(packages: ReadonlySet<string>): Promise<Map<string, string>> {
  const found = new Map<string, string>()
  for (const folder of packages) {
    const {name, version, license} = JSON.parse(await readFile(path.join(folder, 'package.json'), 'utf8')) as Record<
      string,
      string
    >
    const file = (await readdir(folder)).find((entry) => /^(licen[cs]e|copying)/i.test(entry))
    const text =
      file === undefined ? `Licence: ${license ?? 'not stated'}` : await readFile(path.join(folder, file), 'utf8')
    found.set(`${name}@${version}`, `${license ?? ''}\n\n${text.replaceAll('\r\n', '\n').trim()}`)
  }
  return found
}
