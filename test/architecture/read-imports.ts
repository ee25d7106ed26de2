import {readdirSync, readFileSync} from 'node:fs'
import path from 'node:path'

export interface Import {
  /** A path from the root of the repository, or the name of a package (`node:` for Node's own). */
  readonly target: string
  readonly kind: 'file' | 'package' | 'node'
  readonly typeOnly: boolean
  readonly dynamic: boolean
}

export interface Source {
  /** From the root of the repository, with forward slashes. */
  readonly file: string
  readonly text: string
}

const root = path.resolve(import.meta.dirname, '..', '..')

/** Every TypeScript module under the given folders. */
export function sourcesIn(...folders: readonly string[]): readonly Source[] {
  return folders.flatMap((folder) =>
    readdirSync(path.join(root, folder), {recursive: true, withFileTypes: true})
      .filter((entry) => entry.isFile() && /(?<!\.d)\.ts$/.test(entry.name))
      .map((entry) => path.join(entry.parentPath, entry.name))
      .map((file) => ({file: slashed(path.relative(root, file)), text: readFileSync(file, 'utf8')})),
  )
}

/** What a source imports or re-exports. Reads import lines; comments and the insides of template strings do not count. */
export function importsOf({file, text}: Source): readonly Import[] {
  const code = withoutComments(text)
  const found: Import[] = []
  for (const match of code.matchAll(/^\s*(?:import|export)\s+(type\s)?(?:([^'"`;]*?)\sfrom\s+)?['"]([^'"]+)['"]/gm)) {
    const [, type, names = '', specifier = ''] = match
    const typeOnly = type !== undefined || (/^\{.*\}$/s.test(names) && names.slice(1, -1).split(',').every(isType))
    found.push({...resolve(file, specifier), typeOnly, dynamic: false})
  }
  for (const [, specifier = ''] of code.matchAll(/\b(?:import|require)\(\s*['"]([^'"]+)['"]/g)) {
    found.push({...resolve(file, specifier), typeOnly: false, dynamic: true})
  }
  return found
}

/** The text with comments blanked out, so that a word in prose is not taken for code. */
export function withoutComments(text: string): string {
  return text.replace(
    /('(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|`(?:[^`\\]|\\.)*`)|\/\*[\s\S]*?\*\/|(?<![:\\])\/\/[^\n]*/g,
    (_, literal?: string) => {
      if (literal === undefined) return ''
      return literal.startsWith('`') ? '``' : literal
    },
  )
}

function isType(name: string): boolean {
  return name.trim() === '' || name.trim().startsWith('type ')
}

function resolve(file: string, specifier: string): Pick<Import, 'target' | 'kind'> {
  if (specifier.startsWith('.')) {
    return {kind: 'file', target: slashed(path.normalize(path.join(path.dirname(file), specifier)))}
  }
  if (specifier.startsWith('node:')) return {kind: 'node', target: specifier}
  const [, name = specifier] = /^((?:@[^/]+\/)?[^/]+)/.exec(specifier) ?? []
  return {kind: 'package', target: name}
}

function slashed(file: string): string {
  return file.replaceAll(path.sep, '/')
}
