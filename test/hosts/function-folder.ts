import {mkdir, writeFile} from 'node:fs/promises'
import path from 'node:path'
import {functionFiles} from '../../scripts/release/functions.ts'

const root = path.resolve(import.meta.dirname, '..', '..')

/** Puts one Function, as a release ships it, into `functions/` of a folder; gives the place of its func.yml. */
export async function copyFunction(name: string, folder: string): Promise<string> {
  const files = (await functionFiles(root)).filter((file) => file.path.startsWith(`${name}/`))
  for (const file of files) {
    const target = path.join(folder, 'functions', file.path)
    await mkdir(path.dirname(target), {recursive: true})
    await writeFile(target, file.content, {mode: file.mode})
  }
  return path.join(folder, 'functions', name)
}
