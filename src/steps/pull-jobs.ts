import type {Context} from '../command/action.ts'
import type {ArtifactInputs} from '../command/artifact-inputs.ts'
import type {Clashes, SourceResult} from '../artifacts/unpack/options.ts'
import {ActionError} from '../base/errors.ts'
import type {Selection} from '../gitlab/jobs/select.ts'
import type {FoundJob} from '../gitlab/api/types.ts'
import {sizeOf} from '../base/size.ts'
import {waitDefaults} from '../command/wait-inputs.ts'
import {chooseJobs} from './choose.ts'
import {sourceOf} from './archive-source.ts'
import {checkTarget, nothingPulled, pullAll} from './pull.ts'
import {waitForStarted} from './wait.ts'

interface PullInputs extends Omit<Selection, 'allowUnmatched'>, Omit<ArtifactInputs, 'jobs'> {
  readonly jobs: number | undefined
  readonly layout: 'per-job' | 'merged' | 'auto'
  readonly clashes: Clashes
  readonly parallel: number
  readonly wait: boolean
  /** Milliseconds. */
  readonly timeout: number
}

type Pulling = Pick<Context<unknown>, 'gitlab' | 'own' | 'log' | 'clock' | 'signal' | 'cwd'>

/** Pulls the archives of all jobs chosen as one: either everything arrives or nothing is changed. */
export async function pullJobs(context: Pulling, inputs: PullInputs) {
  const {log, gitlab} = context
  checkTarget(context, inputs)
  const chosen = await chooseAndWait(context, inputs)
  const jobs = chosen.filter(hasArchive)
  const ids = jobs.map(({job}) => job.id).join(',')
  if (jobs.length < chosen.length)
    tellMissing(
      context,
      inputs,
      chosen.filter((found) => !hasArchive(found)),
      jobs.length,
    )
  if (jobs.length === 0) return {...nothingPulled, ids, jobs: []}
  const isPerJob = inputs.layout === 'per-job' || (inputs.layout === 'auto' && jobs.length > 1)
  const folders = jobs.map((found) => (isPerJob ? folderOf(found, jobs) : undefined))
  const sources = jobs.map((found, at) => sourceOf(found, gitlab, {into: folders[at]}))
  const {results, ...pulled} = await pullAll(context, sources, inputs, inputs)
  const told = jobs.map(({job, label}, at) => tell(job, label, folders[at], results[at]))
  if (told.length > 1) {
    const rows = told.map(({name, id, files, bytes, folder}) => [
      name,
      String(id),
      String(files),
      sizeOf(bytes),
      folder,
    ])
    log.table('Artifacts', ['Job', 'Id', 'Files', 'Size', 'Folder'], rows)
  }
  return {...pulled, ids, jobs: told}
}

async function chooseAndWait(context: Pulling, inputs: PullInputs): Promise<readonly FoundJob[]> {
  const chosen = await chooseJobs(context, inputs)
  if (!inputs.wait) return chosen
  await waitForStarted(context, chosen, {...waitDefaults, timeout: inputs.timeout, byUs: []})
  return chooseJobs(context, inputs)
}

function hasArchive({job}: FoundJob): boolean {
  return 'artifacts_file' in job && job.artifacts_file !== undefined
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
function folderOf({job, label}: FoundJob, all: readonly FoundJob[]): string {
  const slug = slugOf(label)
  const isAlone = all.filter((other) => slugOf(other.label).toLowerCase() === slug.toLowerCase()).length === 1
  return isAlone ? slug : `${slug}-${job.id}`
}

function slugOf(name: string): string {
  const slug = name
    .normalize('NFKD')
    .replace(/[^A-Za-z0-9._-]+/g, '-')
    .replace(/^[-.]+|[-.]+$/g, '')
    .slice(0, 100)
  return slug === '' ? 'job' : slug
}

function tell(job: FoundJob['job'], name: string, folder: string | undefined, result: SourceResult | undefined) {
  const {files = 0, bytes = 0, sha256} = result ?? {}
  return {id: job.id, name, status: job.status, folder: folder ?? '.', files, bytes, sha256: sha256 ?? null}
}
