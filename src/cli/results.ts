import path from 'node:path'
import {isNamed, outputsOf} from '../command/action.ts'
import type {Action, Context, Outputs, Place} from '../command/action.ts'
import {clean} from '../base/clean.ts'
import type {Fields, Values} from '../command/fields.ts'
import {alternatives, meantNames} from '../base/nearest.ts'
import {spell} from '../base/names.ts'
import {sharedInputs} from '../command/shared-inputs.ts'
import type {SharedInputs} from '../command/shared-inputs.ts'
import {isStandardOutput} from '../hosts/output-files.ts'
import {isReplaced, placeName} from '../hosts/report-file.ts'

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

type Surroundings = {readonly cwd: string; readonly env: Readonly<Record<string, string | undefined>>}

/** A place with every link on the way followed. */
type Placed = Place & {readonly given: string}

/**
 * What is wrong with the places of results, a sentence each; and those that are files. Two that would land in one file, one inside another, what
 * this run reads, and a folder's name are refused before anything is written.
 */
export async function readPlaces(
  action: Action,
  values: Given,
  {cwd, env}: Surroundings,
): Promise<{readonly problems: readonly string[]; readonly files: Context<unknown>['resultFiles']}> {
  const written = await placed(cwd, [
    ...fileOf('dotenv', values.dotenv),
    ...fileOf('json', values.json),
    ...fileOf('annotations', values.annotations),
    ...ownPlaces(action, values),
    ...fileOf('GITHUB_OUTPUT', env['GITHUB_OUTPUT']),
    ...fileOf('GITHUB_STEP_SUMMARY', env['GITHUB_STEP_SUMMARY']),
    ...fileOf('GITLAB_ENV', values.gitlabEnv ? env['GITLAB_ENV'] : undefined),
  ])
  const read = await placed(cwd, filesRead({...sharedInputs, ...action.inputs}, values))
  const folders = written
    .filter(({name, kind, given}) => kind === 'file' && isInput(name) && name !== 'path' && /[/\\]$/.test(given))
    .map(({name}) => `${name} names a folder: name a file in it`)
  return {
    problems: [...folders, ...sharing(written), ...nested(written), ...overwritten(written, read)],
    files: written.filter(({kind}) => kind === 'file').map(({name, path}) => ({name: shownName(name), path})),
  }
}

/** What the command itself writes: a call that is wrong may not tell. */
function ownPlaces({inputs, places}: Pick<Action, 'inputs' | 'places'>, values: Given): readonly Place[] {
  try {
    if (places) return places(values)
  } catch {
    // Some input that it goes by is missing.
  }
  return Object.entries(inputs)
    .filter(([, field]) => field.isWritten)
    .flatMap(([name]) =>
      fileOf(spell.kebab(name), (values as Readonly<Record<string, unknown>>)[name] as string | undefined),
    )
}

function fileOf(name: string, path: string | undefined): readonly Place[] {
  return path ? [{name, path, kind: 'file'}] : []
}

function filesRead(fields: Fields, values: Given): readonly Place[] {
  return Object.entries(fields)
    .filter(([, {type, isWritten}]) => type === 'path' && !isWritten)
    .flatMap(([name]) =>
      fileOf(spell.kebab(name), (values as Readonly<Record<string, unknown>>)[name] as string | undefined),
    )
}

/** Without standard output, and without devices and pipes, which several may share. */
async function placed(cwd: string, places: readonly Place[]): Promise<readonly Placed[]> {
  const found = places.map(async (place): Promise<readonly Placed[]> => {
    const file = path.resolve(cwd, place.path)
    if (isStandardOutput(place.path) || (place.kind === 'file' && !(await isReplaced(file)))) return []
    return [{...place, given: place.path, path: await placeName(file)}]
  })
  return (await Promise.all(found)).flat()
}

function sharing(written: readonly Placed[]): readonly string[] {
  const names = new Map<string, string[]>()
  for (const {name, path: place} of written) names.set(place, [...(names.get(place) ?? []), name])
  return [...names.values()]
    .filter(({length}) => length > 1)
    .map((all) => `${all.join(' and ')} name the same file: each would replace what the other has written`)
}

function nested(written: readonly Placed[]): readonly string[] {
  return written.flatMap((outer) =>
    (outer.kind === 'file' || outer.isEmptied ? written : [])
      .filter(({path: inner}) => inner.startsWith(`${outer.path}${path.sep}`))
      .map(({name}) =>
        outer.kind === 'file'
          ? `${name} names a file below ${outer.name}, which is a file itself`
          : `${name} names a file in the folder that ${outer.name} empties with overwrite replace: name one outside`,
      ),
  )
}

function overwritten(written: readonly Placed[], read: readonly Placed[]): readonly string[] {
  return written.flatMap(({name, path: place}) =>
    read
      // A dotenv report keeps the lines that are not its own.
      .filter((other) => other.path === place && !(name === 'dotenv' && other.name === 'variables-file'))
      .map((other) => `${name} names the file that ${other.name} is read from: it would be lost`),
  )
}

function isInput(name: string): boolean {
  return /^[a-z-]+$/.test(name)
}

function shownName(name: string): string {
  return isInput(name) ? `--${name}` : name
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
