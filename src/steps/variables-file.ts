import {readFile} from 'node:fs/promises'
import path from 'node:path'
import {Invalid, parsePairs, usageError} from '../command/fields.ts'

interface VariableInputs {
  readonly variables: ReadonlyMap<string, string>
  readonly variablesFile: string | undefined
}

/** The variables of a file and of the input together; the input wins. Blank lines and lines that begin with # are left out. */
export async function readVariables(
  {variables, variablesFile}: VariableInputs,
  {command, cwd}: {readonly command: string; readonly cwd: string},
): Promise<ReadonlyMap<string, string>> {
  if (variablesFile === undefined) return variables
  try {
    const text = await readFile(path.resolve(cwd, variablesFile), 'utf8')
    const lines = text.split(/\r?\n/).filter((line) => line.trim() !== '' && !line.startsWith('#'))
    return new Map([...parsePairs(lines), ...variables])
  } catch (error) {
    const problem = error instanceof Invalid ? error.message : 'cannot be read'
    throw usageError(command, [`variables-file ${problem}`])
  }
}
