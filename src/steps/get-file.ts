import path from 'node:path'
import type {Context} from '../command/action.ts'
import {fetchFile, type FetchFileOptions} from '../artifacts/fetch-file.ts'
import {checkDestination} from '../artifacts/publish/destination.ts'
import {paced, tooManyBytes} from '../artifacts/remote/body.ts'
import {refuseImpostor, type Asked} from '../artifacts/remote/impostor.ts'
import {clean} from '../base/clean.ts'
import type {Clock} from '../base/clock.ts'
import {ActionError} from '../base/errors.ts'
import {modeInArchive, plainMode} from '../artifacts/list.ts'
import type {Modes} from '../artifacts/publish/make-file.ts'
import {artifactFile, artifactFileByRef, artifacts, artifactsByRef} from '../gitlab/api/endpoints.ts'
import type {Selection} from '../gitlab/jobs/select.ts'
import {refsOf} from '../gitlab/jobs/selection.ts'
import type {FoundJob, OpenBody, OpenFile, TreeEntry} from '../gitlab/api/types.ts'
import {sizeOf} from '../base/size.ts'
import {addressOf, chosenArchive, readingBy, treeEntry} from './archive-source.ts'
import {chooseArchive} from './choose.ts'
import {withinJob} from '../command/job-time.ts'

interface FileInputs extends Selection {
  readonly file: string
  /** `-` is standard output. */
  readonly output: string
  readonly byRef: boolean
  readonly maxBytes: number
}

interface Got {
  /** Undefined where GitLab chose the job and did not say which. */
  readonly found: FoundJob | undefined
  readonly path: string | undefined
  readonly bytes: number
}

type Getting = Pick<Context<unknown>, 'gitlab' | 'own' | 'log' | 'print' | 'clock' | 'signal' | 'cwd'>

/** Fetches one file of a job's artifacts. A file is written whole or not at all. */
export async function getFile(context: Getting, inputs: FileInputs): Promise<Got> {
  const {gitlab, clock, cwd, log} = context
  const {file, maxBytes, output} = inputs
  const destination = path.resolve(cwd, output)
  if (output !== '-') checkDestination(destination, {kind: 'file'})
  const found = inputs.byRef ? undefined : await chooseArchive(context, inputs)
  const open = explaining(inputs, found, openerOf(context, inputs, found))
  let row: Promise<TreeEntry | undefined> | undefined
  const inTree = (): Promise<TreeEntry | undefined> =>
    (row ??= found ? treeEntry(gitlab, addressOf(found), file) : Promise.resolve(undefined))
  const asked: Asked = {file, knownBytes: async () => (await inTree())?.size}
  const reading = {...readingBy(gitlab), asked, clock, maxBytes}
  if (output === '-') {
    const bytes = await withinJob(context, (signal) => printFile({...context, signal}, open, reading))
    return {found, path: undefined, bytes}
  }
  const tell = (text: string): void => log.info(text)
  const warn = (text: string): void => log.warn(text)
  const written = await withinJob(context, (signal) => {
    const askModes = async (): Promise<Modes> => modesOf({...context, signal}, inputs, found, await inTree())
    return fetchFile({...reading, open, destination, tell, warn, signal, askModes})
  })
  log.info(`${written.path}: ${sizeOf(written.bytes)}.`)
  return {found, ...written}
}

function openerOf({gitlab}: Getting, {file, ref, job = []}: FileInputs, found: FoundJob | undefined): OpenFile {
  if (found) return gitlab.open(artifactFile({...addressOf(found), path: file}))
  const {project} = gitlab
  if (project === undefined)
    throw new ActionError('usage', 'get-artifact-file: project is required.', {hint: 'Give --project.'})
  return gitlab.open(artifactFileByRef({project, ref: refsOf({ref})[0] ?? '', job: job[0] ?? '', path: file}))
}

/**
 * A file is never wider than its archive says, by GitLab's tree (18.8) or by the archive's own directory where a part of it can be had. GitLab's route
 * for one file does not tell: where nothing does, it is its owner's alone, unless a file is replaced whose permissions somebody chose.
 */
async function modesOf(
  {gitlab, clock, signal, log}: Getting,
  {file, ref, job = []}: FileInputs,
  found: FoundJob | undefined,
  row: TreeEntry | undefined,
): Promise<Modes> {
  const {project = ''} = gitlab
  const open = found
    ? gitlab.open(artifacts(addressOf(found)))
    : gitlab.open(artifactsByRef({project, ref: refsOf({ref})[0] ?? '', job: job[0] ?? ''}))
  const knownBytes = found && chosenArchive(found).bytes
  const mode = row
    ? plainMode(Number.parseInt(row.mode ?? '0', 8))
    : await modeInArchive({open, knownBytes, clock, signal, ...readingBy(gitlab)}, file)
  if (mode !== undefined) return {most: mode, fresh: mode}
  log.info('GitLab does not tell the permissions of this file: a new one is for its owner alone (0600).')
  return {most: 0o777, fresh: 0o600}
}

/** What has been printed cannot be taken back, so there is no second try once the first byte is out. */
async function printFile(
  {print, signal}: Getting,
  open: OpenFile,
  {
    asked,
    maxBytes,
    ...reading
  }: Pick<FetchFileOptions, 'asked' | 'patienceMs'> & {
    readonly clock: Clock
    readonly maxBytes: number
  },
): Promise<number> {
  const opened = await refuseImpostor(await open({signal}), asked)
  const declared = opened.headers['content-length']
  let bytes = 0
  try {
    if (Number(declared) > maxBytes) throw tooManyBytes(Number(declared), maxBytes)
    for await (const chunk of paced(opened, reading)) {
      bytes += chunk.length
      if (bytes > maxBytes) throw tooManyBytes(bytes, maxBytes)
      await print(chunk)
    }
  } catch (error) {
    signal.throwIfAborted()
    throw error instanceof ActionError ? error : brokenOff(bytes, declared, error)
  } finally {
    opened.discard()
  }
  if (declared !== undefined && Number(declared) !== bytes) throw brokenOff(bytes, declared)
  return bytes
}

function brokenOff(bytes: number, declared: string | undefined, cause?: unknown): ActionError {
  return new ActionError(
    'unreachable',
    `The file broke off after ${bytes} of ${clean(declared ?? 'an unknown number of', 20)} bytes.`,
    {
      cause,
      hint: 'What was printed is not whole. With --output FILE a broken answer is asked for again.',
    },
  )
}

/** GitLab's 404 does not say what is missing. */
function explaining({file, ref, job = []}: FileInputs, found: FoundJob | undefined, open: OpenFile): OpenFile {
  const whose = found
    ? `job ${found.job.id} "${clean(found.label, 100)}"`
    : `"${clean(job[0], 100)}" of ${clean(refsOf({ref})[0], 100)}`
  return async (request): Promise<OpenBody> => {
    try {
      return await open(request)
    } catch (error) {
      if (!(error instanceof ActionError) || error.kind !== 'notFound') throw error
      throw new ActionError(
        'notFound',
        `No file "${clean(file, 200)}" in the artifacts of ${whose}: it has none, they have expired, or it is not in them.`,
        {
          cause: error,
          status: 404,
          hint: 'list-artifacts shows what there is.',
        },
      )
    }
  }
}
