/**
 * Every bundle on this machine, whatever its system: each starts, and a job is waited for and its files fetched and unpacked in a sandbox.
 * `npm run smoke`. The whole suite asks for Linux; this asks for Node alone.
 */
import {execFile} from 'node:child_process'
import {readdir} from 'node:fs/promises'
import path from 'node:path'
import {pathToFileURL} from 'node:url'
import {promisify} from 'node:util'

const run = promisify(execFile)
const dist = path.resolve(import.meta.dirname, '..', '..', 'dist')

const failures: string[] = []
for (const file of (await readdir(dist)).filter((name) => name.endsWith('.mjs') && name !== 'library.mjs')) {
  for (const flag of ['--version', '--help']) await attempt(`${file} ${flag}`, path.join(dist, file), flag)
}
await attempt('the library', '--input-type=module', '--eval', importing(path.join(dist, 'library.mjs')))
await attempt('the demo', path.join(dist, 'sandbox.mjs'), 'demo')
for (const failure of failures) console.error(failure)
console.log(failures.length === 0 ? 'All bundles work here.' : `${failures.length} do not work here.`)
process.exitCode = failures.length === 0 ? 0 : 1

function importing(file: string): string {
  return `console.log(Object.keys(await import(${JSON.stringify(pathToFileURL(file).href)})).join())`
}

async function attempt(what: string, ...argv: readonly string[]): Promise<void> {
  const {stdout, stderr, code} = await run(process.execPath, argv).then(
    (ended) => ({...ended, code: 0}),
    (error: {stdout: string; stderr: string; code: number}) => error,
  )
  if (code !== 0 || stdout.trim() === '') failures.push(`${what}: exit ${code}\n${stdout}${stderr}`)
}
