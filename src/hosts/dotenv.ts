import type {Outputs} from '../command/action.ts'
import {spell} from '../base/names.ts'
import {textOf} from './values.ts'

/** GitLab's own default limits for one report (https://docs.gitlab.com/administration/instance_limits/#limits-for-dotenv). */
const limits = {bytes: 5120, variables: 20} as const

/** Variables that give a later job's shell, programs or runner a meaning of their own. */
const reserved =
  /^(?:PATH|HOME|USER|LOGNAME|SHELL|PWD|OLDPWD|IFS|ENV|BASH_.*|LANG|LC_.*|TZ|TERM|TMPDIR|TMP|TEMP|HOSTNAME|PS[1-4]|CDPATH|(?:LD|DYLD|NODE|NPM|PYTHON|RUBY|PERL5?|JAVA|GIT|SSL|CI|GITLAB|RUNNER|FF|DOCKER|KUBE|INPUT)_.*|PYTHONPATH|RUBYOPT|RUBYLIB|PERL5LIB|(?:HTTPS?|NO|ALL)_PROXY)$/i

export interface DotenvReport {
  readonly text: string
  readonly warnings: readonly string[]
}

/**
 * A dotenv report that GitLab accepts, with the lines of `existing` kept unless we set their keys
 * (https://docs.gitlab.com/ci/yaml/artifacts_reports/#artifactsreportsdotenv). GitLab fails the user's job for a report that it
 * cannot read, so nothing here fails: what cannot be said is left out or empty, with a warning.
 */
export function dotenvReport(
  definitions: Outputs,
  values: Readonly<Record<string, unknown>>,
  {prefix = '', existing = ''}: {readonly prefix?: string | undefined; readonly existing?: string} = {},
): DotenvReport {
  const {entries, warnings} = dotenvEntries(definitions, values, prefix)
  const ours = new Map(entries.map(({key, value}) => [key, `${key}=${value.replaceAll('$', '$$$$')}`]))
  const kept = existing
    .replace(/^\ufeff/, '')
    .split(/\r?\n/)
    .filter((line) => line.trim() !== '' && !ours.has(keyOf(line)))
  const broken = kept.find((line) => !/^[A-Za-z0-9_]{1,255}$/.test(keyOf(line)))
  if (broken !== undefined)
    warnings.push('The dotenv file holds a line that is not KEY=value: GitLab will refuse the report.')

  const dropped = dropLongest(ours, bytesOf(kept))
  if (dropped.length > 0) {
    warnings.push(
      `Left out of the dotenv report, which GitLab wants below ${limits.bytes} bytes: ${dropped.join(', ')}.`,
    )
  }
  const lines = [...kept, ...ours.values()]
  const count = new Set(lines.map(keyOf)).size
  if (count > limits.variables) {
    warnings.push(
      `The dotenv report has ${count} variables. GitLab takes ${limits.variables} unless its limit was raised.`,
    )
  }
  return {text: lines.map((line) => `${line}\n`).join(''), warnings}
}

/** Keys and plain values of the outputs. JSON is left out; a value that a line cannot hold is empty. */
export function dotenvEntries(
  definitions: Outputs,
  values: Readonly<Record<string, unknown>>,
  prefix = '',
): {readonly entries: readonly {readonly key: string; readonly value: string}[]; readonly warnings: string[]} {
  const warnings: string[] = []
  const entries = Object.entries(definitions)
    .filter(([, definition]) => definition.type !== 'json')
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
