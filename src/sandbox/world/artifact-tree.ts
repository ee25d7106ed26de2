import type {TreeEntry} from '../../gitlab/api/types.ts'
import type {ZipEntry} from './zip-entries.ts'

/** The entries below a folder of an archive, directories first; undefined when there is no such folder. */
export function artifactTree(
  entries: readonly ZipEntry[],
  path: string,
  isRecursive: boolean,
): readonly TreeEntry[] | undefined {
  const folder = path === '' || path.endsWith('/') ? path : `${path}/`
  const found = new Map<string, TreeEntry>()
  let isThere = folder === ''
  for (const entry of entries) {
    if (!entry.path.startsWith(folder)) continue
    isThere = true
    const names = entry.path.slice(folder.length).split('/')
    addFolders(found, folder, names, isRecursive)
    const isShown = isRecursive || names.filter((name) => name !== '').length === 1
    if (isShown && entry.path !== folder) found.set(entry.path, entryOf(entry))
  }
  if (!isThere) return undefined
  const list = [...found.values()].sort((a, b) => (a.path < b.path ? -1 : 1))
  if (isRecursive) return list
  return [...list.filter(({type}) => type === 'directory'), ...list.filter(({type}) => type === 'file')]
}

/** Folders that the archive only implies have no mode. */
function addFolders(
  found: Map<string, TreeEntry>,
  folder: string,
  names: readonly string[],
  isRecursive: boolean,
): void {
  let path = folder
  for (const name of names.slice(0, isRecursive ? -1 : Math.min(1, names.length - 1))) {
    path += `${name}/`
    if (!found.has(path)) found.set(path, {name, path, type: 'directory', mode: null})
  }
}

function entryOf({path, size, mode}: ZipEntry): TreeEntry {
  const name = path.replace(/\/$/, '').split('/').at(-1) ?? ''
  const octal = mode === 0 ? null : mode.toString(8).padStart(6, '0')
  if (path.endsWith('/')) return {name, path, type: 'directory', mode: octal}
  return {name, path, type: 'file', size, mode: octal}
}
