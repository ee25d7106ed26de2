import {lstatSync, readdirSync, readFileSync, readlinkSync} from 'node:fs'
import {join} from 'node:path'
import type {Tree} from './accepted-archives.ts'

/** What lies in a folder: "755" for a folder, "644 content" for a file, "-> target" for a link, by paths that end in "/" for folders. */
export function diskTree(root: string): Tree {
  const found = Object.create(null) as Record<string, string>
  const walk = (path: string): void => {
    for (const name of readdirSync(join(root, path))) {
      const inner = path === '' ? name : `${path}/${name}`
      const stat = lstatSync(join(root, inner))
      const mode = (stat.mode & 0o7777).toString(8)
      if (stat.isDirectory()) {
        found[`${inner}/`] = mode
        walk(inner)
      } else if (stat.isSymbolicLink()) found[inner] = `-> ${readlinkSync(join(root, inner))}`
      else found[inner] = `${mode} ${readFileSync(join(root, inner), 'latin1')}`
    }
  }
  walk('')
  return found
}

/** The same to compare: a map, in which a name such as "__proto__" is one like any other. */
export const entriesOf = (tree: Tree): ReadonlyMap<string, string> => new Map(Object.entries(tree))
