import {isNamed} from '../command/action.ts'
import type {Output, Outputs} from '../command/action.ts'
import {spell} from '../base/names.ts'

/** GitLab's own default limits for one report (https://docs.gitlab.com/administration/instance_limits/#limits-for-dotenv). */
const limits = {bytes: 5120, variables: 20} as const

/** Variables that give a later job's shell, programs or runner a meaning of their own. */
const reserved =
  /^(?:PATH|HOME|USER|LOGNAME|SHELL|PWD|OLDPWD|IFS|ENV|BASH_.*|LANG|LC_.*|TZ|TERM|TMPDIR|TMP|TEMP|HOSTNAME|PS[1-4]|CDPATH|(?:LD|DYLD|NODE|NPM|PYTHON|RUBY|PERL5?|JAVA|GIT|SSL|CI|GITLAB|RUNNER|FF|DOCKER|KUBE|INPUT)_.*|PYTHONPATH|RUBYOPT|RUBYLIB|PERL5LIB|(?:HTTPS?|NO|ALL)_PROXY)$/i

export interface DotenvReport {
  readonly text: string
  readonly warnings: readonly string[]
}

interface DotenvOptions {
  readonly prefix?: string | undefined
  readonly existing?: string
  /** Names of outputs, or `all`. Without any, those that are no details. */
  readonly chosen?: readonly string[] | undefined
}

/**
 * A dotenv report that GitLab accepts, with the lines of `existing` kept unless we set their keys
 * (https://docs.gitlab.com/ci/yaml/artifacts_reports/#artifactsreportsdotenv). GitLab fails the user's job for a report that it
 * cannot read, so nothing here fails: what cannot be said is left out or empty, with a warning.
 */
export function dotenvReport(
  definitions: Outputs,
  values: Readonly<Record<string, unknown>>,
  {prefix = '', existing = '', chosen = []}: DotenvOptions = {},
): DotenvReport {
  const {entries, warnings} = dotenvEntries(definitions, values, prefix, chosen)
  const ours = new Map(entries.map(({key, value}) => [key, `${key}=${value.replaceAll('$', '$$$$')}`]))
  const kept = linesOf(withoutKeys(existing, definitions, prefix))
  const broken = kept.find((line) => !/^[A-Za-z0-9_]{1,255}$/.test(keyOf(line)))
  if (broken !== undefined)
    warnings.push('The dotenv file holds a line that is not KEY=value: GitLab will refuse the report.')

  const keptCount = new Set(kept.map(keyOf)).size
  // Who names the outputs knows the limit of the own GitLab.
  const beyond = chosen.length > 0 ? [] : dropBeyond(ours, limits.variables - keptCount)
  if (beyond.length > 0) {
    warnings.push(
      `Left out of the dotenv report, which by default may have ${limits.variables} variables: ${beyond.join(', ')}. Choose by dotenv-outputs.`,
    )
  }
  const dropped = dropLongest(ours, bytesOf(kept))
  if (dropped.length > 0) {
    warnings.push(
      `Left out of the dotenv report, which GitLab wants below ${limits.bytes} bytes: ${dropped.join(', ')}.`,
    )
  }
  if (chosen.length > 0 && keptCount + ours.size > limits.variables) {
    warnings.push(
      `The dotenv report has ${keptCount + ours.size} variables. GitLab takes ${limits.variables} unless its limit was raised.`,
    )
  }
  return {text: [...kept, ...ours.values()].map((line) => `${line}\n`).join(''), warnings}
}

/** A report without the keys of these outputs, chosen or not: what an earlier run has left. */
export function withoutKeys(existing: string, definitions: Outputs, prefix = ''): string {
  const ours = new Set(Object.keys(definitions).map((name) => dotenvKey(name, prefix)))
  return linesOf(existing)
    .filter((line) => !ours.has(keyOf(line)))
    .map((line) => `${line}\n`)
    .join('')
}

/** Keys and plain values of the chosen outputs. JSON is left out; a value that a line cannot hold is empty. */
export function dotenvEntries(
  definitions: Outputs,
  values: Readonly<Record<string, unknown>>,
  prefix = '',
  chosen: readonly string[] = [],
): {readonly entries: readonly {readonly key: string; readonly value: string}[]; readonly warnings: string[]} {
  const warnings: string[] = []
  const entries = Object.entries(definitions)
    .filter(([name, definition]) => definition.type !== 'json' && isChosen(name, definition, chosen))
    .map(([name, definition]) => {
      const key = dotenvKey(name, prefix)
      const value = textOf(definition, values[name])
      if (/^[^\r\n\0]*$/.test(value)) return {key, value}
      warnings.push(
        `${key} is empty in the dotenv report, because its value holds a line break. --json keeps it whole.`,
      )
      return {key, value: ''}
    })
  return {entries, warnings}
}

function isChosen(name: string, {isDetail}: Output<unknown>, chosen: readonly string[]): boolean {
  if (chosen.length === 0) return isDetail !== true
  return chosen.some((text) => text === 'all' || isNamed(text, name))
}

/** An output as text for files that know only text. Unknown is empty, never guessed. */
export function textOf(definition: Output<unknown>, value: unknown): string {
  if (value === undefined || value === null) return ''
  return definition.type !== 'json' && typeof value === 'string' ? value : JSON.stringify(value)
}

function linesOf(existing: string): readonly string[] {
  return existing
    .replace(/^\ufeff/, '')
    .split(/\r?\n/)
    .filter((line) => line.trim() !== '')
}

/** Takes the last of our lines out until no more than this many are left. Tells their keys. */
function dropBeyond(ours: Map<string, string>, most: number): readonly string[] {
  const keys = [...ours.keys()].slice(Math.max(0, most))
  for (const key of keys) ours.delete(key)
  return keys
}

/** `jobId` as `JOB_ID`, with the prefix; a name that means something to shells or GitLab gets `JOBSIDE_` in front. */
export function dotenvKey(name: string, prefix = ''): string {
  const key = `${prefix}${spell.upper(name)}`
  return reserved.test(key) || !/^[A-Za-z_]/.test(key) ? `JOBSIDE_${key}` : key
}

function keyOf(line: string): string {
  return (/^(.*?)=/.exec(line)?.[1] ?? '').trim()
}

function bytesOf(lines: Iterable<string>): number {
  return [...lines].reduce((sum, line) => sum + Buffer.byteLength(line) + 1, 0)
}

/** Takes the longest of our lines out until the rest fits beside what is there. Tells their keys. */
function dropLongest(ours: Map<string, string>, besides: number): readonly string[] {
  const dropped: string[] = []
  while (ours.size > 0 && besides + bytesOf(ours.values()) >= limits.bytes) {
    const [longest] = [...ours].sort(([, a], [, b]) => Buffer.byteLength(b) - Buffer.byteLength(a))
    const [key = ''] = longest ?? []
    dropped.push(key)
    ours.delete(key)
  }
  return dropped
}
