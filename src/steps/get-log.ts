import path from 'node:path'
import type {Context} from '../command/action.ts'
import {fetchFile} from '../artifacts/fetch-file.ts'
import {job as oneJob, trace} from '../gitlab/api/endpoints.ts'
import {isBridge, isFinal} from '../gitlab/api/job-status.ts'
import type {FoundJob} from '../gitlab/api/types.ts'
import {sizeOf} from '../base/size.ts'
import {followLog} from '../waiting/follow.ts'
import {createRunnerLog, withoutColours} from '../waiting/runner-log.ts'
import type {RunnerLine} from '../waiting/runner-log.ts'
import {ActionError} from '../base/errors.ts'
import {clean} from '../base/clean.ts'
import {nearestNames} from '../base/nearest.ts'
import {checkDestination} from '../artifacts/publish/destination.ts'
import {readingBy} from './archive-source.ts'
import {logReader} from './job-log.ts'

interface LogInputs {
  readonly follow: boolean
  readonly tail: number | undefined
  readonly plain: boolean
  readonly stamps: boolean
  readonly section: readonly string[]
  readonly grep: RegExp | undefined
  readonly errors: boolean
  readonly output: string | undefined
  readonly maxBytes: number
}

interface Got {
  /** The job as it was read last. */
  readonly found: FoundJob
  readonly bytes: number
  /** Lines shown; undefined where the log went to a file. */
  readonly lines: number | undefined
  readonly path: string | undefined
}

type Getting = Pick<Context<unknown>, 'gitlab' | 'log' | 'printLog' | 'clock' | 'signal' | 'cwd'>

/** Brings a log to standard output or to a file. Never holds more of it than a piece, or the lines of the tail. */
export async function getLog(context: Getting, found: FoundJob, inputs: LogInputs): Promise<Got> {
  const {job} = found
  if (isBridge(job)) {
    const below = job.downstream_pipeline?.id
    throw new ActionError('wrongState', `Job ${job.id} "${clean(job.name, 200)}" is a trigger job, which has no log.`, {
      hint:
        below === undefined
          ? undefined
          : `Its jobs are in pipeline ${below}: give --pipeline-id ${below}, and --project where that is another one.`,
    })
  }
  if (inputs.output !== undefined) return saveLog(context, found, {...inputs, output: inputs.output})
  const printer = createPrinter(context, inputs)
  const read = await readLog(context, found, inputs.follow, printer.write)
  const lines = await printer.end()
  return {...read, lines, path: undefined}
}

/** Reads to the end of the log as it is, or to the end of the job. A break in the middle is mended from where it was. */
async function readLog(
  context: Getting,
  found: FoundJob,
  isFollowed: boolean,
  write: (bytes: Uint8Array) => Promise<void>,
): Promise<Pick<Got, 'found' | 'bytes'>> {
  const place = {project: found.projectId, job: found.job.id}
  const {gitlab, clock, signal} = context
  let last = found
  const isOver = async (): Promise<boolean> => {
    if (!isFollowed) return true
    last = {...found, job: await gitlab.call(oneJob(place), {signal})}
    return isFinal(last.job.status)
  }
  const attempts = isFollowed ? undefined : gitlab.limits.attempts
  const bytes = await followLog({read: logReader(context, found), isOver, write, clock, signal, attempts})
  return {found: last, bytes}
}

async function saveLog(
  context: Getting,
  found: FoundJob,
  {output, follow, maxBytes}: LogInputs & {readonly output: string},
): Promise<Got> {
  const {gitlab, clock, signal, cwd, log} = context
  checkDestination(path.resolve(cwd, output), {kind: 'file'})
  // The file is what GitLab has in the end: read whole once the job is over, so that it is never half a log.
  const {found: last} = follow ? await readLog(context, found, true, () => Promise.resolve()) : {found}
  const open = gitlab.open(trace({project: found.projectId, job: found.job.id}))
  const tell = (text: string): void => log.info(text)
  const reading = {...readingBy(gitlab), asked: 'log', maxBytes, clock, signal, tell} as const
  const written = await fetchFile({...reading, open, destination: path.resolve(cwd, output)})
  log.info(`${written.path}: ${sizeOf(written.bytes)}.`)
  return {...written, lines: undefined, found: last}
}

function createPrinter({printLog, log}: Getting, inputs: LogInputs) {
  const reader = createRunnerLog()
  const isChosen = chooser(inputs)
  const {tail, plain, stamps} = inputs
  const sections = new Set<string>()
  let last: string[] = []
  let count = 0
  const put = async (lines: readonly RunnerLine[]): Promise<void> => {
    for (const line of lines) for (const name of line.sections) if (sections.size < mostSections) sections.add(name)
    const chosen = lines.filter(isChosen)
    if (chosen.length === 0) return
    const shown = chosen.map(({text, stamp}) => {
      const line = plain ? withoutColours(text) : text
      return stamps && stamp !== undefined ? `${stamp} ${line}` : line
    })
    count += shown.length
    if (tail === undefined) return printLog(shown)
    last.push(...shown)
    if (last.length > 2 * tail) last = last.slice(-tail)
  }
  return {
    write: (bytes: Uint8Array) => put(reader.push(bytes)),
    /** Gives the number of lines shown. */
    async end(): Promise<number> {
      await put(reader.end())
      const missing = inputs.section.filter((name) => !sections.has(name))
      if (missing.length > 0) throw noSection(missing, [...sections])
      if (tail !== undefined && last.length > 0) await printLog(last.slice(-tail))
      if (count === 0 && isFiltering(inputs)) log.info('No line of the log fits.')
      return tail === undefined ? count : Math.min(count, tail)
    },
  }
}

const mostSections = 10_000

function isFiltering({section, grep, errors}: LogInputs): boolean {
  return section.length > 0 || grep !== undefined || errors
}

/** All that is given must fit, as in the selector. */
function chooser({section, grep, errors}: LogInputs): (line: RunnerLine) => boolean {
  return ({text, sections}) => {
    if (section.length > 0 && !section.some((name) => sections.includes(name))) return false
    if (grep === undefined && !errors) return true
    const plain = withoutColours(text)
    return (grep === undefined || grep.test(plain)) && (!errors || errorLine.test(plain))
  }
}

/** How compilers, test runners, shells and the runner itself begin or mark a line that tells of a failure. */
const errorLine =
  /(?:^|[^a-z0-9_-])(?:errors?|err!|fatal|panic(?:ked)?|fail(?:ed|ure|ures)?|traceback|exception|segmentation fault|assertion|cannot|not found|denied)(?=$|[^a-z0-9_-])|[a-z](?:Error|Exception)\b/i

function noSection(missing: readonly string[], sections: readonly string[]): ActionError {
  const near = [...new Set(missing.flatMap((name) => nearestNames(name, sections)))].slice(0, 5)
  const shown = near.length > 0 ? near : sections.slice(0, 10)
  const list = shown.map((name) => `"${clean(name, 100)}"`).join(', ')
  return new ActionError(
    'notFound',
    `The log has no section ${missing.map((name) => `"${clean(name, 100)}"`).join(', ')}.`,
    {hint: list === '' ? 'It has no sections at all.' : `${near.length > 0 ? 'Nearest' : 'There are'}: ${list}.`},
  )
}
