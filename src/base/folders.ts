import {mkdirSync, statSync} from 'node:fs'
import path from 'node:path'

/**
 * Makes a folder and those above it, if they are not there. Throws the system's error. Node's own recursive mkdir never ends where a parent
 * says ENOENT for each try, as in /proc.
 */
export function makeFolders(folder: string): void {
  try {
    mkdirSync(folder)
  } catch (error) {
    const parent = path.dirname(folder)
    if ((error as NodeJS.ErrnoException).code === 'ENOENT' && parent !== folder) {
      makeFolders(parent)
      makeUnlessThere(folder)
    } else if (!isFolder(folder)) throw error
  }
}

/** Another process may have been faster. */
function makeUnlessThere(folder: string): void {
  try {
    mkdirSync(folder)
  } catch (error) {
    if (!isFolder(folder)) throw error
  }
}

function isFolder(folder: string): boolean {
  return statSync(folder, {throwIfNoEntry: false})?.isDirectory() === true
}
