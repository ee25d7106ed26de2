import {readFile} from 'node:fs/promises'
import path from 'node:path'

const parts = ['options', 'results', 'library'] as const

/** The types of the library as one file that imports nothing, made of the declarations that the compiler has written to build/. */
export async function libraryTypes(root: string): Promise<string> {
  const texts = await Promise.all(
    parts.map((part) => readFile(path.join(root, 'build/actions/jobside', `${part}.d.ts`), 'utf8')),
  )
  const types = texts
    .join('')
    .replace(/^(?:import|export) [^;]*? from '\.\/(?:options|results)\.[jt]s';\n/gm, '')
    .replaceAll('    ', '  ')
  if (/\bimport\b|^export .* from /m.test(types.replace(/\/\*[\s\S]*?\*\//g, '')))
    throw new Error('the types of the library import something: define what they name in its own files')
  return types
}
