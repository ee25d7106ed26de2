import {lstatSync, readdirSync, readlinkSync, type Stats} from 'node:fs'
import {clean} from '../../base/clean.ts'
import {ActionError} from '../../base/errors.ts'
import {isPrivate} from '../../base/private-names.ts'
import {onDisk} from './disk.ts'

/** As many as Linux follows. */
const mostLinks = 40

/** What is at a path relative to a folder: the target of a link, `there` for anything else, undefined for nothing. */
type LinkAt = (path: string) => {readonly target: string} | 'there' | undefined

/**
 * Throws if a link in the new tree `from` takes the place of another one in `to`, and by that leads a third, which is there already and stays, out of
 * `to`: `a -> b/../c` stays inside as long as `b` is what it was. Links that led out before are their owner's business. Each archive is safe by itself;
 * this is what two of them could do together.
 */
export function refuseRedirected(from: string, to: string): void {
  const isChanged = (path: string): boolean => {
    const old = targetOf(`${to}/${path}`)
    return old !== undefined && old !== targetOf(`${from}/${path}`)
  }
  const changed = linksBelow(from).filter(isChanged)
  if (changed.length === 0) return
  const before: LinkAt = (path) => linkAt(`${to}/${path}`)
  const after: LinkAt = (path) => linkAt(`${from}/${path}`) ?? before(path)
  for (const path of linksBelow(to)) {
    if (linkAt(`${from}/${path}`) !== undefined || leaves(path, before) || !leaves(path, after)) continue
    throw new ActionError(
      'untrusted',
      `The archive is refused: with its link "${clean(changed[0], 120)}" the link "${clean(path, 120)}", which is there already, would leave the folder.`,
      {hint: '--overwrite replace empties the folder first. --symlinks skip leaves all links out.'},
    )
  }
}

/** Relative paths of all links below a folder; links are not followed. */
function linksBelow(root: string): readonly string[] {
  const links: string[] = []
  const walk = (folder: string): void => {
    const path = folder === '' ? root : `${root}/${folder}`
    for (const child of onDisk(path, 0, () => readdirSync(path, {withFileTypes: true}))) {
      if (isPrivate(child.name)) continue
      const own = folder === '' ? child.name : `${folder}/${child.name}`
      if (child.isSymbolicLink()) links.push(own)
      else if (child.isDirectory()) walk(own)
    }
  }
  walk('')
  return links
}

/** Whether a path, followed as a system would, passes a place outside. */
function leaves(path: string, lookAt: LinkAt): boolean {
  const at: string[] = []
  const left = path.split('/').toReversed()
  let followed = 0
  for (let part = left.pop(); part !== undefined; part = left.pop()) {
    if (part === '' || part === '.') continue
    if (part === '..') {
      if (at.pop() === undefined) return true
      continue
    }
    at.push(part)
    const here = lookAt(at.join('/'))
    if (here === undefined || here === 'there') continue
    if (here.target.startsWith('/')) return true
    followed += 1
    if (followed > mostLinks) return false
    at.pop()
    left.push(...here.target.split('/').toReversed())
  }
  return false
}

function targetOf(path: string): string | undefined {
  const found = linkAt(path)
  return typeof found === 'object' ? found.target : undefined
}

function linkAt(path: string): ReturnType<LinkAt> {
  const found = statOf(path)
  if (found?.isSymbolicLink()) return {target: readlinkSync(path)}
  return found && 'there'
}

/** A file on the way is nothing. */
function statOf(path: string): Stats | undefined {
  try {
    return lstatSync(path, {throwIfNoEntry: false})
  } catch {
    return undefined
  }
}
