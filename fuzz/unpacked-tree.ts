import {
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {fetchArtifacts} from '../src/artifacts/fetch.ts'
import type {ZipEntry} from '../src/artifacts/zip/directory.ts'
import type {Rules} from '../src/artifacts/zip/rules.ts'
import {serveArchive} from '../test/support/archive-server.ts'
import {hold} from './target.ts'

/**
 * Unpacks for real, and looks at what the system makes of it: everything lies in its folder, no link leads out of it, and no mode is wider than
 * the archive says. A refusal is thrown on, and must have left nothing.
 */
export async function holdUnpacked(input: Buffer, entries: readonly ZipEntry[], rules: Partial<Rules>): Promise<void> {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'fuzz-tree-')))
  const beside = join(folder, 'beside')
  writeFileSync(beside, 'as it was')
  const {signal} = new AbortController()
  const {open} = serveArchive(input)
  try {
    await fetchArtifacts({open, knownBytes: input.length, destination: join(folder, 'out'), jobs: 1, rules, signal})
    holdTree(join(folder, 'out'), entries)
  } finally {
    const left = readdirSync(folder).filter((name) => name !== 'beside' && name !== 'out')
    const isSame = readFileSync(beside, 'utf8') === 'as it was'
    rmSync(folder, {recursive: true, force: true})
    hold(left.length === 0 && isSame, 'something outside of the destination has changed')
  }
}

function holdTree(root: string, entries: readonly ZipEntry[]): void {
  const modes = new Map(entries.map(({path, unixMode}) => [path, unixMode & 0o777]))
  const walk = (path: string): void => {
    const full = path === '' ? root : `${root}/${path}`
    const found = lstatSync(full)
    if (found.isSymbolicLink()) return holdLink(root, full)
    hold(found.isFile() || found.isDirectory(), 'neither a file nor a folder')
    hold((found.mode & 0o7002) === 0, 'set-user-id, or write for others')
    const told = modes.get(path) ?? 0
    const own = found.isDirectory() ? 0o700 : 0
    hold(path === '' || told === 0 || (found.mode & 0o777 & ~(told | own)) === 0, 'a mode wider than the archive says')
    if (found.isDirectory()) for (const name of readdirSync(full)) walk(path === '' ? name : `${path}/${name}`)
  }
  walk('')
}

/** As far as the system can follow it, it stays inside; what is not there is only ever gone down into. */
function holdLink(root: string, path: string): void {
  const parts = readlinkSync(path).split('/')
  let at = path.slice(0, path.lastIndexOf('/'))
  for (const [index, part] of parts.entries()) {
    at = `${at}/${part}`
    let real: string
    try {
      real = realpathSync.native(at)
    } catch (error) {
      hold((error as NodeJS.ErrnoException).code !== 'ELOOP', 'a link in a circle')
      hold(!parts.slice(index).includes('..'), 'a link up from what is not there')
      return
    }
    hold(real === root || real.startsWith(`${root}/`), 'a link out of the tree')
  }
}
