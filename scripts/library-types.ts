import {execFile} from 'node:child_process'
import {readFile} from 'node:fs/promises'
import path from 'node:path'
import {promisify} from 'node:util'

const parts = ['options', 'results', 'library'] as const

/** What the compiler does here: it writes down what the three files say, and looks at no other. */
const flags =
  '--ignoreConfig --declaration --emitDeclarationOnly --noResolve --noCheck --module NodeNext --target ES2023 --outDir build/types'

/** The types of the library as one file that imports nothing. */
export async function libraryTypes(root: string): Promise<string> {
  const compiler = path.join(root, 'node_modules/typescript/bin/tsc')
  const files = parts.map((part) => `actions/jobside/${part}.ts`)
  await promisify(execFile)(process.execPath, [compiler, ...flags.split(' '), ...files], {cwd: root})
  const texts = await Promise.all(parts.map((part) => readFile(path.join(root, 'build/types', `${part}.d.ts`), 'utf8')))
  const types = texts
    .join('')
    .replace(/^(?:import|export) [^;]*? from '\.\/(?:options|results)\.[jt]s';\n/gm, '')
    .replaceAll('    ', '  ')
  if (/\bimport\b|^export .* from /m.test(types.replace(/\/\*[\s\S]*?\*\//g, '')))
    throw new Error('the types of the library import something: define what they name in its own files')
  return types
}
