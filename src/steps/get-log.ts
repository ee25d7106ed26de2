import path from 'node:path'
import type {Context} from '../command/action.ts'
import {fetchFile} from '../artifacts/fetch-file.ts'
import {job as oneJob, trace} from '../gitlab/api/endpoints.ts'
import {isFinal} from '../gitlab/api/job-status.ts'
import type {FoundJob} from '../gitlab/api/types.ts'
import {sizeOf} from '../base/size.ts'
import {followLog} from '../waiting/follow.ts'
import {createLineSplitter} from '../waiting/log-lines.ts'
import {logReader} from './job-log.ts'

interface LogInputs {
  readonly follow: boolean
  readonly tail: number | undefined
  readonly plain: boolean
  readonly output: string | undefined
}

interface Got {
  /** The job as it was read last. */
  readonly found: FoundJob
  readonly bytes: number
  readonly path: string | undefined
}

type Getting = Pick<Context<unknown>, 'gitlab' | 'log' | 'printLog' | 'clock' | 'signal' | 'cwd'>

/** Brings a log to standard output or to a file. Never holds more of it than a piece, or the lines of the tail. */
export async function getLog(context: Getting, found: FoundJob, inputs: LogInputs): Promise<Got> {
  if (inputs.output !== undefined) return saveLog(context, found, inputs.output, inputs.follow)
  const printer = createPrinter(context, inputs)
  const read = await readLog(context, found, inputs.follow, printer.write)
  await printer.end()
  return {...read, path: undefined}
}

/** Reads to the end of the log as it is, or to the end of the job. A break in the middle is mended from where it was. */
async function readLog(
  {gitlab, clock, signal}: Getting,
  found: FoundJob,
  isFollowed: boolean,
  write: (bytes: Uint8Array) => Promise<void>,
): Promise<Pick<Got, 'found' | 'bytes'>> {
  const of = {project: found.projectId, job: found.job.id}
  let last = found
  const isOver = async (): Promise<boolean> => {
    if (!isFollowed) return true
    last = {...found, job: await gitlab.call(oneJob(of), {signal})}
    return isFinal(last.job.status)
  }
  const bytes = await followLog({read: logReader(gitlab, found), isOver, write, clock, signal})
  return {found: last, bytes}
}

async function saveLog(context: Getting, found: FoundJob, output: string, isFollowed: boolean): Promise<Got> {
  const {gitlab, clock, signal, cwd, log} = context
  // The file is what GitLab has in the end: read whole once the job is over, so that it is never half a log.
  const {found: last} = isFollowed ? await readLog(context, found, true, () => Promise.resolve()) : {found}
  const open = gitlab.open(trace({project: found.projectId, job: found.job.id}))
  const tell = (text: string): void => log.info(text)
  const written = await fetchFile({open, destination: path.resolve(cwd, output), clock, signal, tell})
  log.info(`${written.path}: ${sizeOf(written.bytes)}.`)
  return {...written, found: last}
}

function createPrinter({printLog}: Getting, {tail, plain}: LogInputs) {
  const splitter = createLineSplitter()
  let last: string[] = []
  const put = async (lines: readonly string[]): Promise<void> => {
    if (lines.length === 0) return
    const shown = plain ? lines.map(withoutColours) : lines
    if (tail === undefined) return printLog(shown)
    last.push(...shown)
    if (last.length > 2 * tail) last = last.slice(-tail)
  }
  return {
    write: (bytes: Uint8Array) => put(splitter.push(bytes)),
    async end(): Promise<void> {
      await put(splitter.end())
      if (tail !== undefined && last.length > 0) await printLog(last.slice(-tail))
    },
  }
}

function withoutColours(line: string): string {
  return line.replace(/\x1b\[[\d;:]*m/g, '')
}
