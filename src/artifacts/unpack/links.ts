import {lutimesSync, symlinkSync} from 'node:fs'
import {onDisk} from '../publish/disk.ts'
import {badEntry} from '../zip/rules.ts'
import type {Link} from './unpack.ts'

const longestTarget = 1_024

/**
 * Throws unless every link stays in the tree: a relative target, ".." only at its beginning and not beyond the root, through no other
 * link, and in no circle. The last part may itself be a link, as libraries have them (`lib.so` to `lib.so.1` to `lib.so.1.2`).
 */
export function checkLinks(links: readonly Link[]): void {
  const targets = new Map(links.map(({item, target}) => [item.out, resolveInTree(item.path, item.out, target)]))
  for (const {item} of links) {
    const resolved = targets.get(item.out) ?? ''
    for (let end = resolved.indexOf('/'); end > 0; end = resolved.indexOf('/', end + 1)) {
      if (targets.has(resolved.slice(0, end))) throw badEntry(item.path, 'is a link through another link')
    }
    const seen = new Set([item.out])
    for (let next: string | undefined = resolved; next !== undefined; next = targets.get(next)) {
      if (seen.has(next)) throw badEntry(item.path, 'is a link in a circle')
      seen.add(next)
    }
  }
}

/** The path in the tree that a link means; "" is the root. */
function resolveInTree(path: string, out: string, target: string): string {
  if (target === '') throw badEntry(path, 'is a link to nothing')
  if (target.length > longestTarget)
    throw badEntry(path, `is a link whose target is longer than ${longestTarget} characters`)
  if (/[\u0000-\u001f\u007f-\u009f\\]/.test(target))
    throw badEntry(path, 'is a link with a control character or a backslash in its target')
  if (target.startsWith('/') || /^[a-z]:/i.test(target)) throw badEntry(path, 'is a link to an absolute path')
  const folder = out.split('/').slice(0, -1)
  let isPastStart = false
  for (const part of target.split('/')) {
    if (part === '' || part === '.') continue
    if (part !== '..') {
      folder.push(part)
      isPastStart = true
    } else if (isPastStart) throw badEntry(path, 'is a link with ".." in the middle of its target')
    else if (folder.pop() === undefined) throw badEntry(path, 'is a link that leaves the folder')
  }
  return folder.join('/')
}

/** Makes them, after everything else. */
export function makeLinks(links: readonly Link[], root: string): void {
  for (const {item, target} of links) {
    const path = `${root}/${item.out}`
    onDisk(path, 0, () => {
      symlinkSync(target, path)
      if (item.modified !== undefined) lutimesSync(path, item.modified, item.modified)
    })
  }
}
