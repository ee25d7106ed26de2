/**
 * Makes one executable of all commands that needs no Node on the machine: `npm run build:binary [-- --node FILE --maker FILE --out FOLDER]`, after
 * `npm run build` and `bash scripts/install-clients.sh postject`. It is a Single Executable Application
 * (https://nodejs.org/api/single-executable-applications.html) of that Node, by default the one that runs this, for the machine that it is for. Where
 * it cannot run here, --maker is a Node of the same version that can.
 */
import {execFile} from 'node:child_process'
import {chmod, copyFile, mkdir, mkdtemp, readFile, rm, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import path from 'node:path'
import {parseArgs, promisify} from 'node:util'
import {fuse, machineOf, nodeVersionOf} from './binary/executable.ts'

const run = promisify(execFile)
const root = path.resolve(import.meta.dirname, '..', '..')
const postject = path.join(root, '.clients/postject/node_modules/postject/dist/cli.js')
/** What the page of stability says that executables are made of. */
const major = 'v24.'

const {values} = parseArgs({options: {node: {type: 'string'}, maker: {type: 'string'}, out: {type: 'string'}}})
const {node = process.execPath, maker, out = path.join(root, 'build')} = values

const work = await mkdtemp(path.join(tmpdir(), 'jobside-binary-'))
try {
  const before = await readFile(node)
  const machine = machineOf(before)
  if (machine === undefined || !before.includes(`${fuse}:0`))
    throw new Error(`${node} is no Node that can carry an application`)
  const version = maker === undefined ? await versionOf(node) : nodeVersionOf(before)
  if (!version?.startsWith(major)) throw new Error(`${node} is Node ${version}: executables are made of ${major}x`)
  const blob = await makeBlob(maker ?? node, version)
  const program = await inject(machine, blob)
  const after = await readFile(program)
  if (machineOf(after) !== machine || !after.includes(`${fuse}:1`) || !after.includes(await readFile(blob)))
    throw new Error(`the executable for ${machine} does not carry what was put into it`)
  const name = `jobside-${machine}${machine.startsWith('windows') ? '.exe' : ''}`
  await mkdir(out, {recursive: true})
  const target = path.join(out, name)
  await rm(target, {force: true})
  await copyFile(program, target)
  const says = maker === undefined ? await proveHere(target) : 'not run: it is for another machine'
  console.log(`${name}: ${says}, Node ${version}, ${Math.round(after.length / 1e6)} MB`)
} finally {
  await rm(work, {recursive: true, force: true})
}

/** Has a Node prepare what it reads at its start. Another version would read it wrongly. */
async function makeBlob(preparing: string, version: string): Promise<string> {
  const prepared = await versionOf(preparing)
  if (prepared !== version) throw new Error(`${preparing} is Node ${prepared}, and the executable would be ${version}`)
  const [main, config, blob] = ['main.cjs', 'sea.json', 'sea.blob'].map((file) => path.join(work, file)) as [
    string,
    string,
    string,
  ]
  await writeFile(main, asScript(await readFile(path.join(root, 'dist', 'jobside.mjs'), 'utf8')))
  await writeFile(config, JSON.stringify({main, output: blob, disableExperimentalSEAWarning: true}))
  await run(preparing, ['--experimental-sea-config', config])
  return blob
}

async function versionOf(program: string): Promise<string> {
  return (await run(program, ['--version'])).stdout.trim()
}

async function inject(machine: string, blob: string): Promise<string> {
  const program = path.join(work, machine.startsWith('windows') ? 'program.exe' : 'program')
  await copyFile(node, program)
  await chmod(program, 0o755)
  const isHere = process.platform === 'darwin' && machine.startsWith('macos')
  // macOS on ARM starts nothing whose signature is broken, and the change breaks Node's own.
  if (isHere) await run('codesign', ['--remove-signature', program])
  const segment = machine.startsWith('macos') ? ['--macho-segment-name', 'NODE_SEA'] : []
  await run(process.execPath, [postject, program, 'NODE_SEA_BLOB', blob, '--sentinel-fuse', fuse, ...segment])
  if (isHere) await run('codesign', ['--sign', '-', program])
  return program
}

async function proveHere(program: string): Promise<string> {
  const {stdout} = await run(program, ['--version'])
  const {version} = JSON.parse(await readFile(path.join(root, 'package.json'), 'utf8')) as {readonly version: string}
  if (!stdout.includes(version)) throw new Error(`${program} --version prints ${JSON.stringify(stdout)}`)
  await run(program, ['wait-for-job', '--help'])
  return 'runs'
}

/**
 * The bundle as a script, because an executable cannot hold a module: what it imports are built-in modules, its top-level await moves
 * into a function, and the place it is at is the executable. Throws where a bundle has more of a module than that.
 */
function asScript(module: string): string {
  const body = module
    .replace(/^#!.*\n/, '')
    .replace(/(^|;)import\{createRequire as (\w+)\}from"module";/m, '$1const{createRequire:$2}=require("module");')
    .replaceAll('import.meta.url', '__place')
  const code = body.replace(/"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'/g, '""')
  if (/^import[ {*]|[;}]import[ {*]|\bimport\.meta\b|\bexport[ {]/m.test(code))
    throw new Error('dist/jobside.mjs has imports, exports or import.meta that the executable cannot have')
  return `const __place=require("url").pathToFileURL(process.execPath).href;(async()=>{${body}})();\n`
}
