import type {Output, Outputs} from '../command/action.ts'
import {spell} from '../base/names.ts'
import type {Dialect} from './dialect.ts'
import {gitlabScript} from './gitlab-script.ts'
import type {Surroundings} from './host.ts'
import {cannotWrite} from './output-files.ts'
import {appendTo, tryAppending} from './report-file.ts'
import {textOf} from './dotenv.ts'

/** The step runner stops reading its output file at a longer line (https://docs.gitlab.com/ci/functions/). */
const longestLine = 64 * 1024

/** A GitLab Function: the log of a job, and typed outputs as JSON lines in the file that the step runner names. */
export function gitlabFunction(surroundings: Pick<Surroundings, 'env'>, file: string, date: () => Date): Dialect {
  const failed = (cause: unknown): never => {
    throw cannotWrite(file, cause)
  }
  return {
    ...gitlabScript(surroundings, date),
    kind: 'gitlab-function',
    takesOutputs: true,
    async tryOutputs() {
      await tryAppending(file, true).catch(failed)
      return []
    },
    async outputs(definitions, values) {
      const {lines, warnings} = functionOutputs(definitions, values)
      await appendTo(file, lines).catch(failed)
      return warnings
    },
  }
}

/** One `{"name", "value"}` a line. An unknown number is left out: the function declares a default for it, and null is refused. */
export function functionOutputs(
  definitions: Outputs,
  values: Readonly<Record<string, unknown>>,
): {readonly lines: string; readonly warnings: readonly string[]} {
  const warnings: string[] = []
  let lines = ''
  for (const [name, definition] of Object.entries(definitions)) {
    const value = typed(definition, values[name])
    if (value === undefined) continue
    const line = JSON.stringify({name: spell.snake(name), value})
    if (Buffer.byteLength(line) < longestLine) lines += `${line}\n`
    else
      warnings.push(`The output ${spell.snake(name)} is left empty: a GitLab Function cannot pass on more than 64 KiB.`)
  }
  return {lines, warnings}
}

/** The type that func.yml declares for an output, and the default that stands for unknown. */
export function functionType(definition: Output<unknown>): {
  readonly type: string
  readonly unknown: string | number | boolean
} {
  if (definition.type === 'integer' || definition.type === 'number') return {type: 'number', unknown: 0}
  return definition.type === 'flag' ? {type: 'boolean', unknown: false} : {type: 'string', unknown: ''}
}

function typed(definition: Output<unknown>, value: unknown): unknown {
  if (value === undefined || value === null) return undefined
  return functionType(definition).type === 'string' ? textOf(definition, value) : value
}
