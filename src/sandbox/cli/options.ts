import {parseArgs, type ParseArgsConfig} from 'node:util'
import {isVersion, knownVersions, oldestVersion} from '../world/versions.ts'
import {parseFaultRule, WorldError} from '../world/world-file.ts'
import type {FaultRule} from '../world/world-types.ts'
import type {StorageMode} from '../world/world.ts'

export interface ServeOptions {
  readonly command: 'serve'
  readonly port: number
  readonly world: string
  readonly version: string | undefined
  readonly storage: StorageMode
  readonly clock: 'real' | 'manual'
  readonly speed: number
  readonly faults: readonly FaultRule[]
  readonly rateLimit: number | undefined
  readonly isJson: boolean
  readonly isVerbose: boolean
}

export type Command =
  | ServeOptions
  | {readonly command: 'demo'; readonly keep: string | undefined; readonly version: string | undefined}
  | {readonly command: 'worlds'; readonly name: string | undefined}
  | {readonly command: 'check'; readonly file: string}
  | {readonly command: 'help'}
  | {readonly command: 'version'}

/** A command line that cannot be followed, with every reason. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
  readonly problems: readonly string[]

  constructor(problems: readonly string[]) {
    super(problems.join('\n'))
    this.problems = problems
  }
}

type Flags = NonNullable<ParseArgsConfig['options']>

const common: Flags = {help: {type: 'boolean', short: 'h'}, version: {type: 'boolean'}}
const flagsOf: Readonly<Record<string, Flags>> = {
  serve: {
    ...common,
    port: {type: 'string'},
    world: {type: 'string'},
    'gitlab-version': {type: 'string'},
    storage: {type: 'string'},
    clock: {type: 'string'},
    speed: {type: 'string'},
    fault: {type: 'string', multiple: true},
    'rate-limit': {type: 'string'},
    json: {type: 'boolean'},
    verbose: {type: 'boolean'},
  },
  demo: {...common, keep: {type: 'string'}, 'gitlab-version': {type: 'string'}},
  worlds: common,
  check: common,
}
const mostPositionals: Readonly<Record<string, number>> = {serve: 0, demo: 0, worlds: 1, check: 1}

/** Reads the command line. Throws `UsageError` with every problem of it. */
export function readOptions(argv: readonly string[]): Command {
  const [first] = argv
  const isNamed = first !== undefined && !first.startsWith('-')
  const name = isNamed ? first : 'serve'
  const flags = flagsOf[name]
  if (!flags) throw new UsageError([`There is no command ${name}: serve, demo, worlds or check`])
  const args = argv.slice(isNamed ? 1 : 0)
  const {values, positionals, tokens} = parseArgs({
    args,
    options: flags,
    allowPositionals: true,
    strict: false,
    tokens: true,
  })
  const problems: string[] = []
  for (const token of tokens) {
    if (token.kind !== 'option') continue
    const flag = flags[token.name]
    if (!flag) problems.push(`Unknown option ${token.rawName}`)
    else if (flag.type === 'string' && (token.value === undefined || token.value === ''))
      problems.push(`${token.rawName} needs a value`)
    else if (flag.type === 'boolean' && token.value !== undefined) problems.push(`${token.rawName} takes no value`)
  }
  const isPuzzling = problems.length > 0
  if (!isPuzzling && values['help']) return {command: 'help'}
  if (!isPuzzling && values['version']) return {command: 'version'}
  // After an unknown option the next word may well be its value.
  for (const extra of isPuzzling ? [] : positionals.slice(mostPositionals[name]))
    problems.push(`Unexpected argument ${extra}`)
  if (name === 'check' && positionals.length === 0) problems.push('check needs a file')
  const read = reader(values, problems)
  const command = commandOf(name, positionals, read)
  if (problems.length > 0) throw new UsageError(problems)
  return command
}

type Values = Readonly<Record<string, string | boolean | (string | boolean)[] | undefined>>
type Reader = ReturnType<typeof reader>

function commandOf(name: string, [first]: readonly string[], read: Reader): Command {
  if (name === 'demo') return {command: 'demo', keep: read.text('keep'), version: read.version('gitlab-version')}
  if (name === 'worlds') return {command: 'worlds', name: first}
  if (name === 'check') return {command: 'check', file: first ?? ''}
  return {
    command: 'serve',
    port: read.number('port', {least: 0, most: 65_535}) ?? 0,
    world: read.text('world') ?? 'main',
    version: read.version('gitlab-version'),
    storage: read.oneOf('storage', ['disk', 'redirect', 'proxy', 'cdn']) ?? 'disk',
    clock: read.oneOf('clock', ['real', 'manual']) ?? 'real',
    speed: read.number('speed', {least: 0.001, most: 100_000, isWhole: false}) ?? 1,
    faults: read.faults('fault'),
    rateLimit: read.number('rate-limit', {least: 0, most: 1_000_000}),
    isJson: read.flag('json'),
    isVerbose: read.flag('verbose'),
  }
}

/** Reads single values; what is wrong with them goes to `problems`, and they count as not given. */
function reader(values: Values, problems: string[]) {
  const text = (name: string): string | undefined => {
    const value = values[name]
    return typeof value === 'string' && value !== '' ? value : undefined
  }
  return {
    text,
    flag: (name: string) => values[name] === true,
    number(name: string, {least, most, isWhole = true}: {least: number; most: number; isWhole?: boolean}) {
      const given = text(name)
      if (given === undefined) return undefined
      const value = Number(given)
      if (value >= least && value <= most && (!isWhole || Number.isInteger(value))) return value
      problems.push(`--${name} ${given}: not a ${isWhole ? 'whole ' : ''}number from ${least} to ${most}`)
      return undefined
    },
    oneOf<T extends string>(name: string, choices: readonly T[]): T | undefined {
      const given = text(name)
      const found = choices.find((choice) => choice === given)
      if (given !== undefined && found === undefined)
        problems.push(`--${name} ${given}: not one of ${choices.join(', ')}`)
      return found
    },
    version(name: string) {
      const given = text(name)
      if (given === undefined || isVersion(given)) return given
      problems.push(`--${name} ${given}: not a version from ${oldestVersion} on, such as ${knownVersions.join(', ')}`)
      return undefined
    },
    faults(name: string): readonly FaultRule[] {
      const given = values[name]
      const rules = Array.isArray(given) ? given.filter((rule) => typeof rule === 'string') : []
      return rules.flatMap((rule) => {
        try {
          return [parseFaultRule(rule)]
        } catch (error) {
          if (!(error instanceof WorldError)) throw error
          problems.push(...error.problems.map((problem) => `--${name} ${problem}`))
          return []
        }
      })
    },
  }
}
