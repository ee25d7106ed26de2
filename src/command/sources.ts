import {Invalid, list, type Field} from './fields.ts'

/** One job's archive as asked for by `--source` or in a file of sources. */
export interface SourceRow {
  /** Id or full path; undefined: the command's own project. */
  readonly project: string | undefined
  /** Branches or tags: the first that has the job counts. */
  readonly refs: readonly string[]
  readonly job: string
  readonly files: readonly string[]
  readonly strip: number
  /** Folder below the destination; undefined: the destination itself. */
  readonly into: string | undefined
  readonly strategy: SourceStrategy
  /** Left out if there is no such archive. */
  readonly optional: boolean
}

const sourceStrategies = ['latest-pipeline', 'recent-successful', 'latest-job', 'any-status'] as const
type SourceStrategy = (typeof sourceStrategies)[number]

const defaults = {files: [], strip: 0, into: undefined, strategy: 'latest-pipeline', optional: false} as const

/** `project@ref:job=folder`, repeated. */
export function sourceList(about: string): Field<readonly SourceRow[]> {
  return {...list(about), fallback: [], parse: (given) => given.map(parseSource)}
}

const form = 'must be project@ref:job or project@ref:job=folder'

/**
 * Reads `project@ref:job=folder`. The project ends at the first @, the ref at the first colon behind it, as neither can hold one. A job or folder
 * that holds "=" is put in double quotes, in which \" and \\ stand for " and \. Throws Invalid.
 */
export function parseSource(text: string): SourceRow {
  const [, project = '', ref = '', rest = ''] = /^([^@"]*)@([^:"]+):(.*)$/s.exec(text.trim()) ?? []
  const [job, after, isQuoted] = readQuoted(rest) ?? splitAt(rest)
  if (job === '' || ref.trim() === '' || (after !== '' && !after.startsWith('='))) throw new Invalid(form)
  const given = after.slice(1)
  if (!isQuoted && given.includes('=') && !given.startsWith('"'))
    throw new Invalid(`${form}; a job or folder that holds "=" is put in double quotes`)
  const [folder, behind] = readQuoted(given) ?? [given, '']
  if (behind !== '' || (after !== '' && folder === '')) throw new Invalid(form)
  const problem = folder === '' ? undefined : folderProblem(folder)
  if (problem !== undefined) throw new Invalid(`${form}: the folder ${problem}`)
  return {...defaults, project: project === '' ? undefined : project, refs: [ref], job, into: folderOf(folder)}
}

function splitAt(text: string): readonly [string, string, boolean] {
  const end = text.indexOf('=')
  return end < 0 ? [text, '', false] : [text.slice(0, end), text.slice(end), false]
}

function readQuoted(text: string): readonly [string, string, boolean] | undefined {
  const match = /^"((?:[^"\\]|\\["\\])*)"/.exec(text)
  return match ? [(match[1] ?? '').replace(/\\(["\\])/g, '$1'), text.slice(match[0].length), true] : undefined
}

function folderOf(given: string): string | undefined {
  const folder = given.replace(/^(?:\.\/+)+|\/+$/g, '')
  return folder === '' || folder === '.' ? undefined : folder
}

function folderProblem(given: string): string | undefined {
  const folder = folderOf(given)
  if (given.startsWith('/')) return 'must lie below the destination'
  const isFine = folder
    ?.split('/')
    .every((part) => part !== '' && part !== '.' && part !== '..' && !part.includes('\0'))
  return isFine === false ? 'must lie below the destination, without "." and ".."' : undefined
}

const text = {type: 'string', minLength: 1} as const
const texts = {type: 'array', items: text} as const

/** JSON Schema of a file of sources; `sources.schema.json` is made from it. What it says is what `readSources` enforces. */
export const sourcesSchema = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  title: 'Sources of jobside download-artifacts',
  type: 'object',
  required: ['sources'],
  additionalProperties: false,
  properties: {
    sources: {
      type: 'array',
      minItems: 1,
      items: {
        type: 'object',
        required: ['job'],
        additionalProperties: false,
        oneOf: [{required: ['ref']}, {required: ['refs']}],
        properties: {
          project: {
            anyOf: [text, {type: 'integer', minimum: 1}],
            description: 'Id or full path; by default the project of --project or of this job',
          },
          ref: {...text, description: 'Branch or tag'},
          refs: {...texts, minItems: 1, description: 'Branches or tags: the first that has the job counts'},
          job: {...text, description: 'Name of the job, exactly as GitLab shows it'},
          files: {...texts, description: 'Only files that match these patterns; with ! in front, not these'},
          strip: {type: 'integer', minimum: 0, maximum: 64, description: 'Leading folders to take off each name'},
          into: {...text, description: 'Folder below the destination; by default the destination itself'},
          strategy: {enum: sourceStrategies, description: 'Which pipeline, as for download-artifacts-by-ref'},
          optional: {type: 'boolean', description: 'Go on without it where there is no such archive'},
        },
      },
    },
  },
} as const

/** What a parsed file of sources says, or one sentence for each problem of it. */
export function readSources(value: unknown): {
  readonly sources: readonly SourceRow[]
  readonly problems: readonly string[]
} {
  const top = isObject(value) ? value : {}
  const rows = top['sources']
  const problems = Object.keys(top)
    .filter((key) => key !== 'sources')
    .map((key) => `there is no key "${key.slice(0, 60)}"`)
  if (!Array.isArray(rows) || rows.length === 0) return {sources: [], problems: [...problems, 'sources must be a list']}
  const read = rows.map((row, index) => readRow(row, `sources[${index}]`))
  return {
    sources: read.map(({source}) => source),
    problems: [...problems, ...read.flatMap((row) => row.problems)],
  }
}

const known = sourcesSchema.properties.sources.items.properties

function readRow(row: unknown, place: string): {readonly source: SourceRow; readonly problems: readonly string[]} {
  const problems: string[] = []
  const given = isObject(row) ? row : {}
  if (!isObject(row)) problems.push(`${place} must be a map`)
  for (const key of Object.keys(given))
    if (!Object.hasOwn(known, key)) problems.push(`${place} has no key "${key.slice(0, 60)}"`)
  const read = rowReader(given, place, problems)
  const project = read<string | number | undefined>(
    'project',
    (value) => isText(value) || isWhole(value, 1),
    'an id or a path',
    undefined,
  )
  const ref = read<string | undefined>('ref', isText, 'a name', undefined)
  const refs = read<readonly string[]>('refs', (value) => isTexts(value) && value.length > 0, 'a list of names', [])
  const job = read('job', isText, 'a name', '')
  const into = read('into', isText, 'a folder', '')
  problems.push(...rowProblems(given, place, into))
  return {
    problems,
    source: {
      project: project === undefined ? undefined : String(project),
      refs: ref === undefined ? refs : [ref],
      job,
      files: read<readonly string[]>('files', isTexts, 'a list of patterns', defaults.files),
      strip: read('strip', (value) => isWhole(value, 0) && Number(value) <= 64, 'a number up to 64', defaults.strip),
      into: folderOf(into),
      strategy: read<SourceStrategy>(
        'strategy',
        isStrategy,
        `one of ${sourceStrategies.join(', ')}`,
        defaults.strategy,
      ),
      optional: read<boolean>('optional', (value) => typeof value === 'boolean', 'true or false', defaults.optional),
    },
  }
}

/** Gives the value of a key if it is good; else its fallback, and the rule it breaks becomes a problem. */
function rowReader(given: Readonly<Record<string, unknown>>, place: string, problems: string[]) {
  return <T>(key: keyof typeof known, isGood: (value: unknown) => boolean, rule: string, fallback: T): T => {
    const value = given[key]
    if (value === undefined) return fallback
    if (isGood(value)) return value as T
    problems.push(`${place}.${key} must be ${rule}`)
    return fallback
  }
}

/** What is wrong between the keys of a row. */
function rowProblems(given: Readonly<Record<string, unknown>>, place: string, into: string): readonly string[] {
  const problem = into === '' ? undefined : folderProblem(into)
  return [
    ...(given['job'] === undefined ? [`${place}.job is required`] : []),
    ...((given['ref'] === undefined) === (given['refs'] === undefined) ? [`${place} needs either ref or refs`] : []),
    ...(problem === undefined ? [] : [`${place}.into ${problem}`]),
  ]
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== ''
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every(isText)
}

function isWhole(value: unknown, least: number): boolean {
  return Number.isSafeInteger(value) && Number(value) >= least
}

function isStrategy(value: unknown): boolean {
  return sourceStrategies.some((strategy) => strategy === value)
}
