import path from 'node:path'
import type {Context, Log} from '../command/action.ts'
import type {ArtifactInputs} from '../command/artifact-inputs.ts'
import type {Values} from '../command/fields.ts'
import {givenSelectors, type JobSelector} from '../command/job-selector.ts'
import type {SourceRow} from '../command/sources.ts'
import {makeTextFile, tryPlaceOfFile, type MakeFileOptions} from '../artifacts/publish/make-file.ts'
import {checkDestination} from '../artifacts/publish/destination.ts'
import type {Clashes, SourceResult} from '../artifacts/unpack/options.ts'
import {ActionError} from '../base/errors.ts'
import type {FoundJob} from '../gitlab/api/types.ts'
import {sizeOf} from '../base/size.ts'
import {waitDefaults} from '../command/wait-inputs.ts'
import {chosenArchive, sourceOf, sourceOfArchive} from './archive-source.ts'
import {chooseByLeast, chooseJobs} from './choose.ts'
import {lockText, readLock, type LockedArchive} from './lock-file.ts'
import {chooseSources, placeOf, projectOf, readRows, type Choice, type SourceInputs} from './pull-sources.ts'
import {checkTarget, nothingPulled, pullAll} from './pull.ts'
import {waitForStarted} from './wait.ts'

interface PullInputs extends Values<JobSelector>, SourceInputs, Omit<ArtifactInputs, 'jobs'> {
  readonly jobs: number | undefined
  readonly layout: 'per-job' | 'merged' | 'auto'
  readonly clashes: Clashes
  readonly parallel: number
  readonly wait: boolean
  /** Milliseconds. */
  readonly timeout: number
  /** File for what was chosen, and whether exactly that is to be fetched. */
  readonly lock: string | undefined
  readonly locked: boolean
  readonly dryRun: boolean
}

type Pulling = Pick<
  Context<unknown>,
  'gitlab' | 'own' | 'log' | 'clock' | 'signal' | 'cwd' | 'resultFiles' | 'areOutputsRead'
>

/** Pulls the archives of all jobs chosen as one: either everything arrives or nothing is changed. */
export async function pullJobs(context: Pulling, inputs: PullInputs) {
  const {cwd, log} = context
  checkTarget(context, inputs)
  const lockFile = inputs.lock === undefined ? undefined : path.resolve(cwd, inputs.lock)
  if (lockFile !== undefined && !inputs.locked) {
    checkDestination(lockFile, {kind: 'file'})
    if (!inputs.dryRun) await tryPlaceOfFile(fileOptions(context, lockFile))
  }
  const rows = await readRows(inputs, cwd)
  const request = requestOf(context, inputs, rows)
  const archives =
    lockFile !== undefined && inputs.locked
      ? chooseLocked(context, lockFile, request, rows)
      : rows.length > 0
        ? await chooseSources(context, rows, {...inputs, isNamed: lockFile !== undefined || inputs.dryRun})
        : await choosePipelineJobs(context, inputs)
  const chosen = rows.length > 0 ? archives : withFolders(archives, inputs.layout)
  const choices = chosen.filter((choice) => choice !== undefined)
  const ids = choices.flatMap(({archive, id}) => archive?.job ?? id ?? []).join(',')
  if (choices.length === 0) return {...nothingPulled, ids, jobs: []}
  if (inputs.dryRun) {
    tellTable(log, choices, (choice) => ['', sizeOf(choice.archive?.bytes ?? 0), choice.source.into ?? '.'])
    log.info('Dry run: nothing was fetched.')
    return {...nothingPulled, found: true, ids, jobs: choices.map((choice) => reportOf(choice, undefined))}
  }
  const sources = choices.map(({source}) => (lockFile === undefined ? source : {...source, isWhole: true}))
  const {results, ...pulled} = await pullAll(context, sources, inputs, inputs)
  if (lockFile !== undefined && !inputs.locked) await writeLock(context, lockFile, request, chosen, results)
  const reports = choices.map((choice, at) => reportOf(choice, results[at]))
  if (reports.length > 1)
    tellTable(log, choices, (choice, at) => [
      String(reports[at]?.files ?? 0),
      sizeOf(reports[at]?.bytes ?? 0),
      choice.source.into ?? '.',
    ])
  return {...pulled, ids, jobs: reports}
}

/** What was asked for, as far as it decides which archives are chosen. */
function requestOf(context: Pulling, inputs: PullInputs, rows: readonly SourceRow[]): unknown {
  if (rows.length > 0)
    return rows.map((row) => {
      const {refs, job, strategy, optional} = row
      return {project: projectOf(context, row), refs, job, strategy, optional}
    })
  const given = givenSelectors(inputs).map((name) => [name, inputs[name]])
  return {project: context.gitlab.project, ...Object.fromEntries(given)}
}

function chooseLocked(
  {gitlab}: Pulling,
  file: string,
  request: unknown,
  rows: readonly SourceRow[],
): readonly (Choice | undefined)[] {
  return readLock(file, gitlab.api, request).archives.map((locked, at) => {
    if (locked === null) return undefined
    const archive = {...locked, status: undefined}
    const own = rows[at]
    // Its size is left to the digest: an archive that was replaced is to be told as that, not as a broken download.
    const source = sourceOfArchive({...archive, bytes: undefined}, gitlab, {expectedSha256: locked.sha256})
    return {archive, name: locked.name, source: {...source, ...(own && placeOf(own))}}
  })
}

async function choosePipelineJobs(context: Pulling, inputs: PullInputs): Promise<readonly Choice[]> {
  const chosen = await chooseAndWait(context, inputs)
  const jobs = chosen.filter(hasArchive)
  const missing = chosen.filter((found) => !hasArchive(found))
  if (missing.length > 0) tellMissing(context, inputs, missing, jobs.length)
  return jobs.map((found) => ({
    archive: found.unseenIn === undefined ? chosenArchive(found) : undefined,
    id: found.job.id,
    name: found.label,
    source: sourceOf(found, context.gitlab),
  }))
}

/** One folder a job, where that is asked for. */
function withFolders(
  choices: readonly (Choice | undefined)[],
  layout: PullInputs['layout'],
): readonly (Choice | undefined)[] {
  const isPerJob = layout === 'per-job' || (layout === 'auto' && choices.length > 1)
  if (!isPerJob) return choices
  return choices.map((choice) => choice && {...choice, source: {...choice.source, into: folderOf(choice, choices)}})
}

function fileOptions({clock, signal, log}: Pulling, destination: string): MakeFileOptions {
  return {destination, clock, signal, warn: (said) => log.warn(said)}
}

async function writeLock(
  context: Pulling,
  file: string,
  request: unknown,
  chosen: readonly (Choice | undefined)[],
  results: readonly SourceResult[],
): Promise<void> {
  let at = 0
  const archives = chosen.map((choice): LockedArchive | null => {
    if (!choice) return null
    const {sha256, archiveBytes: bytes} = results[at++] ?? {}
    if (!choice.archive || sha256 === undefined || bytes === undefined)
      throw new Error('an archive that was not read whole cannot be locked')
    const {status: _, ...archive} = choice.archive
    return {...archive, sha256, bytes}
  })
  await makeTextFile(lockText({api: context.gitlab.api, request, archives}), fileOptions(context, file))
  context.log.info(`${file}: what was fetched, for --locked.`)
}

function tellTable(
  log: Log,
  choices: readonly Choice[],
  cells: (choice: Choice, at: number) => readonly string[],
): void {
  const rows = choices.map((choice, at) => [
    choice.name,
    String(choice.archive?.job ?? choice.id ?? ''),
    ...cells(choice, at),
  ])
  log.table('Artifacts', ['Job', 'Id', 'Files', 'Size', 'Folder'], rows)
}

async function chooseAndWait(context: Pulling, inputs: PullInputs): Promise<readonly FoundJob[]> {
  // A lock file and a dry run tell more of a job than its id.
  if (!inputs.wait)
    return inputs.lock === undefined && !inputs.dryRun ? chooseByLeast(context, inputs) : chooseJobs(context, inputs)
  const chosen = await chooseJobs(context, inputs)
  await waitForStarted(context, chosen, {...waitDefaults, timeout: inputs.timeout, byUs: []})
  return chooseJobs(context, inputs)
}

function hasArchive({job, unseenIn}: FoundJob): boolean {
  return unseenIn !== undefined || ('artifacts_file' in job && job.artifacts_file !== undefined)
}

/** A job without an archive among several is only told; none at all is for `if-missing` to judge. */
function tellMissing({log}: Pulling, {ifMissing}: PullInputs, missing: readonly FoundJob[], others: number): void {
  const [first] = missing
  const names = missing.slice(0, 5).map(({job, label}) => `"${label}" (${job.id}, ${job.status})`)
  const rest = missing.length > names.length ? ` and ${missing.length - names.length} more` : ''
  const text = `No artifacts of ${names.join(', ')}${rest}: not made, not finished, or expired.`
  if (others === 0 && first && ifMissing === 'fail') {
    throw new ActionError('notFound', text, {hint: 'Check artifacts:paths of the job. With --wait it is waited for.'})
  }
  if (ifMissing === 'ignore') log.info(text)
  else log.warn(text)
}

/** The job's name as one folder name; its id tells apart names that come out the same. */
function folderOf({name, archive}: Choice, all: readonly (Choice | undefined)[]): string {
  const slug = slugOf(name)
  const isAlone = all.filter((other) => other && slugOf(other.name).toLowerCase() === slug.toLowerCase()).length === 1
  return isAlone ? slug : `${slug}-${archive?.job}`
}

function slugOf(name: string): string {
  const slug = name
    .normalize('NFKD')
    .replace(/[^A-Za-z0-9._-]+/g, '-')
    .replace(/^[-.]+|[-.]+$/g, '')
    .slice(0, 100)
  return slug === '' ? 'job' : slug
}

/** What came of one archive; without a result, what would be fetched. */
function reportOf({archive, id, name, source}: Choice, result: SourceResult | undefined) {
  const {files = 0, bytes = 0, sha256 = null} = result ?? {}
  return {
    id: archive?.job ?? id ?? null,
    name,
    status: archive?.status ?? null,
    folder: source.into ?? '.',
    files,
    bytes,
    sha256,
    project: archive?.project ?? null,
    pipeline: archive?.pipeline ?? null,
    ref: archive?.ref ?? null,
    sha: archive?.sha ?? null,
    archive_bytes: result?.archiveBytes ?? archive?.bytes ?? null,
  }
}
