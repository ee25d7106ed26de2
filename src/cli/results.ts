import path from 'node:path'
import {isNamed, outputsOf} from '../command/action.ts'
import type {Action, Outputs} from '../command/action.ts'
import {clean} from '../base/clean.ts'
import type {Fields, Values} from '../command/fields.ts'
import {alternatives, meantNames} from '../base/nearest.ts'
import {spell} from '../base/names.ts'
import type {SharedInputs} from '../command/shared-inputs.ts'
import {isStandardOutput, sharedPlaces} from '../hosts/output-files.ts'

type Given = Values<Fields & SharedInputs>

/** Whether a result goes to standard output, so that nothing else may. */
export function takesStandardOutput(action: Action, values: Given): boolean {
  return ownersOfStandardOutput(action, values).length > 0
}

/** What is wrong with where and how results are asked for, a sentence each. */
export function resultProblems(action: Action, values: Given): readonly string[] {
  const owners = ownersOfStandardOutput(action, values)
  const definitions = outputsOf(action)
  const names = [
    ...('field' in action.inputs ? [] : unknownNames('field', values.field, definitions, [])),
    ...unknownNames('dotenv-outputs', values.dotenvOutputs, definitions, ['all']),
  ]
  return owners.length < 2
    ? names
    : [...names, `${owners.join(' and ')} cannot go to standard output both: lead one into a file`]
}

/** What is wrong with the places of results: a folder's name, and two that would land in one file. */
export async function placeProblems(
  action: Action,
  values: Given,
  {cwd, env}: {readonly cwd: string; readonly env: Readonly<Record<string, string | undefined>>},
): Promise<readonly string[]> {
  const own = Object.entries(action.inputs)
    .filter(([, field]) => field.isWritten)
    .map(([name]) => [spell.kebab(name), values[name] as string | undefined] as const)
  const files: readonly (readonly [string, string | undefined])[] = [
    ['dotenv', values.dotenv],
    ['json', values.json],
    ['annotations', values.annotations],
    ...own,
    ['GITHUB_OUTPUT', env['GITHUB_OUTPUT']],
    ['GITHUB_STEP_SUMMARY', env['GITHUB_STEP_SUMMARY']],
    ['GITLAB_ENV', values.gitlabEnv ? env['GITLAB_ENV'] : undefined],
  ]
  // All but the variables, and `path`, which is a folder.
  const isFolder = ([name, file]: (typeof files)[number]): boolean =>
    /^[a-z-]+$/.test(name) && name !== 'path' && /[/\\]$/.test(file ?? '')
  const folders = files.filter(isFolder).map(([name]) => `${name} names a folder: name a file in it`)
  const shared = await sharedPlaces(
    cwd,
    files.map(([name, file]) => [name, file && (isStandardOutput(file) ? file : path.resolve(cwd, file))] as const),
  )
  return [...folders, ...shared]
}

function ownersOfStandardOutput(action: Action, values: Given): readonly string[] {
  const files = (['json', 'dotenv', 'annotations'] as const).filter((name) => isStandardOutput(values[name]))
  const isShell = values.format === 'shell'
  const fields = !('field' in action.inputs) && values.field.length > 0
  const printed = isShell ? ['format shell'] : fields ? ['field'] : []
  const own = !(isShell && 'format' in action.inputs) && printsOwn(action, values)
  return [...files, ...printed, ...(own ? ["the command's own result"] : [])]
}

/** Asked before it is known whether the inputs are right: then a rule may stumble over what is missing. */
function printsOwn(action: Action, values: Given): boolean {
  try {
    return action.prints?.(values) === true
  } catch {
    return false
  }
}

function unknownNames(
  input: string,
  given: readonly string[],
  definitions: Outputs,
  more: readonly string[],
): readonly string[] {
  const names = Object.keys(definitions)
  return given
    .filter((text) => !more.includes(text) && !names.some((name) => isNamed(text, name)))
    .map((text) => {
      const known = names.map((name) => spell.kebab(name))
      const meant = meantNames(text.replaceAll('_', '-'), known)
      return `${input} "${clean(text, 60)}" is no output: ${meant.length === 0 ? `there are ${known.join(', ')}` : `did you mean ${alternatives(meant)}?`}`
    })
}
