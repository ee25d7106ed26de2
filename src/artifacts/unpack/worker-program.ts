import {existsSync} from 'node:fs'
import {fileURLToPath} from 'node:url'
import {workerSource} from './worker-source.ts'

/**
 * What a thread that unpacks is started from: in a bundle its text, as a data: URL; in a compiled tree the file beside this module; undefined
 * for TypeScript sources, which a thread cannot load.
 */
export function workerProgram(): URL | string | undefined {
  if (workerSource !== undefined) return new URL(`data:text/javascript,${encodeURIComponent(workerSource)}`)
  const entry = fileURLToPath(import.meta.url).replace(/worker-program\.js$/, 'worker-entry.js')
  return entry.endsWith('.js') && existsSync(entry) ? entry : undefined
}
