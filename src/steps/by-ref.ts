import type {Call, Context} from '../command/action.ts'
import type {ArchiveSource} from '../artifacts/unpack/options.ts'
import {ActionError} from '../base/errors.ts'
import type {Fields} from '../command/fields.ts'
import {artifactFileByRef, artifactsByRef} from '../gitlab/api/endpoints.ts'
import {atLeast} from '../gitlab/api/version.ts'
import type {GitLab} from '../gitlab/http/client.ts'
import {parseRef} from '../gitlab/jobs/refs.ts'
import type {FoundJob, OpenFile, ProjectKey} from '../gitlab/api/types.ts'
import {waitDefaults} from '../command/wait-inputs.ts'
import {diagnose} from './diagnose.ts'
import {findArchive} from './find-archive.ts'
import type {Strategy} from './find-archive.ts'
import {sourceOf} from './archive-source.ts'
import {waitForSelection} from './wait.ts'

export interface ByRefInputs {
  readonly project: string
  readonly ref: string
  readonly job: string
  readonly strategy: Strategy
  readonly expectSha: string | undefined
  /** Milliseconds. */
  readonly wait: number | undefined
  readonly sha256: string | undefined
  /** The job must be known: GitLab's own choice does not say which it is. */
  readonly isNamed?: boolean | undefined
  /** Nothing is fetched, but it is said which job it would be. */
  readonly dryRun?: boolean | undefined
}

type Finding = Pick<Context<unknown>, 'gitlab' | 'own' | 'log' | 'clock' | 'signal'>

interface Found {
  readonly source: ArchiveSource
  /** Undefined where GitLab chose the job and did not say which. */
  readonly found: FoundJob | undefined
}

/** What decides whether GitLab chooses. Its own route knows bare names alone, and takes a branch for a tag of that name. */
type Judging = Pick<ByRefInputs, 'strategy' | 'expectSha' | 'wait' | 'isNamed' | 'dryRun'> & {
  readonly ref: string | undefined
}

/** Which routes finding an archive by ref may call. */
export const byRefCalls: readonly (Omit<Call<Fields>, 'when'> & {
  readonly when?: (inputs: Judging) => boolean
})[] = [
  {route: 'artifacts-by-ref', why: 'to fetch the archive that GitLab chooses', when: isLeftToGitLab},
  {route: 'project-jobs', why: 'to find the job by the strategy, and to explain why there is none'},
  {route: 'pipeline-jobs', why: 'to wait for the job', when: ({wait}) => wait !== undefined},
  {route: 'pipelines', why: 'to find the newest pipeline of the ref, and to explain why there is none'},
  {route: 'commit', why: 'to see whether a ref without pipelines is there'},
  {route: 'artifacts', why: 'to fetch the archive of the job found', when: (inputs) => !isLeftToGitLab(inputs)},
  {route: 'trigger-jobs', why: 'to see which child pipelines are of one that has passed', when: isOfPassed},
  {route: 'bridges', why: 'for the same, before GitLab 19.2', when: isOfPassed},
  {route: 'artifacts-tree', why: 'to see the mode of a single file', when: (inputs) => !isLeftToGitLab(inputs)},
  {route: 'artifact-file', why: 'to fetch a single file', when: (inputs) => !isLeftToGitLab(inputs)},
  {route: 'artifact-file-by-ref', why: 'to fetch a single file', when: isLeftToGitLab},
]

/** Finds the archive that the strategy means. What is missing is explained with further calls that the credential allows. */
export async function findByRef(context: Finding, inputs: ByRefInputs): Promise<Found> {
  if (inputs.wait !== undefined) return awaited(context, inputs, inputs.wait)
  if (isLeftToGitLab(inputs)) return {source: sourceByRef(context, inputs), found: undefined}
  const found = await findArchive(context.gitlab, inputs, inputs.strategy)
  if (!found) {
    const none = new ActionError('notFound', 'no job fits the strategy')
    throw await diagnose(context.gitlab, inputs, none, serverDate(context))
  }
  refuseOtherCommit(found, inputs.expectSha)
  return {source: sourceOf(found, context.gitlab, expected(inputs)), found}
}

/** GitLab's own route gives no commit and no job, so it serves only where neither is asked for. */
function isLeftToGitLab({strategy, expectSha, wait, isNamed, dryRun, ref}: Judging): boolean {
  return (
    parseRef(ref).isTag === undefined &&
    isNamed !== true &&
    dryRun !== true &&
    wait === undefined &&
    expectSha === undefined &&
    (strategy === 'latest-pipeline' || strategy === 'recent-successful')
  )
}

function isOfPassed({strategy}: Judging): boolean {
  return strategy === 'latest-pipeline' || strategy === 'recent-successful'
}

function sourceByRef(context: Finding, inputs: ByRefInputs): ArchiveSource {
  const {gitlab} = context
  const asked = {...inputs, searchRecent: inputs.strategy === 'recent-successful'}
  return {
    name: inputs.job,
    open: explaining(context, inputs, gitlab.open(artifactsByRef(asked))),
    openEntry: (path) => gitlab.open(artifactFileByRef({...asked, path})),
    ...expected(inputs),
  }
}

/** Servers before 18.7 do not look back, whatever they are asked: then we do it ourselves, once. */
function explaining(context: Finding, inputs: ByRefInputs, open: OpenFile): OpenFile {
  const {gitlab} = context
  let chosen: OpenFile | undefined
  return async (request) => {
    if (chosen) return chosen(request)
    try {
      return await open(request)
    } catch (error) {
      if (!(error instanceof ActionError) || error.kind !== 'notFound') throw error
      const found = inputs.strategy === 'recent-successful' ? await lookBack(gitlab, inputs) : undefined
      if (!found) throw await diagnose(gitlab, inputs, error, serverDate(context))
      chosen = sourceOf(found, gitlab).open
      return chosen(request)
    }
  }
}

/** A strategy that cannot be followed is refused: nobody may take the newest pipeline's silence for that of all. */
async function lookBack(gitlab: GitLab, inputs: ByRefInputs): Promise<FoundJob | undefined> {
  const {serverVersion} = gitlab.facts
  if (serverVersion !== undefined && atLeast(serverVersion, '18.7')) return undefined
  try {
    return await findArchive(gitlab, inputs, 'recent-successful')
  } catch (error) {
    if (!(error instanceof ActionError) || error.kind !== 'refused') throw error
    throw new ActionError(
      'refused',
      `The newest passed pipeline has no such archive, and recent-successful cannot look back here: GitLab does so by itself since 18.7, and ${error.message}`,
      {hint: `${error.hint ?? ''} Or say --strategy latest-pipeline.`.trim(), cause: error, status: error.status},
    )
  }
}

async function awaited(context: Finding, inputs: ByRefInputs, timeout: number): Promise<Found> {
  const {gitlab} = context
  const {project, ref, job, expectSha, strategy} = inputs
  const ok = strategy === 'any-status' ? ['success', 'failed', 'canceled', 'skipped'] : ['success']
  const waited = await waitForSelection(context, {
    ...waitDefaults,
    project,
    ref,
    job: [job],
    expectSha,
    timeout,
    appearTimeout: timeout,
    ok,
  })
  const [awaitedJob] = (waited.jobs ?? []) as readonly (FoundJob['job'] & {readonly project_id: ProjectKey})[]
  if (!awaitedJob) throw new ActionError('notFound', `The awaited job ${job} is gone.`)
  const found = {
    job: awaitedJob,
    projectId: awaitedJob.project_id,
    attempts: waited.attempts ?? 1,
    label: awaitedJob.name,
  }
  return {source: sourceOf(found, gitlab, expected(inputs)), found}
}

function refuseOtherCommit({job}: FoundJob, expectSha: string | undefined): void {
  if (expectSha === undefined || job.pipeline.sha.startsWith(expectSha.toLowerCase())) return
  throw new ActionError(
    'wrongState',
    `Job ${job.id} "${job.name}" belongs to commit ${job.pipeline.sha}, not to ${expectSha} as expected.`,
    {
      hint: 'Nothing was unpacked. Wait for the right pipeline with --wait, or check --ref.',
    },
  )
}

function expected({sha256}: ByRefInputs): Partial<ArchiveSource> {
  return sha256 === undefined ? {} : {expectedSha256: sha256.toLowerCase()}
}

function serverDate({gitlab, clock}: Finding): Date {
  return new Date(clock.date().getTime() + (gitlab.facts.clockSkewMs ?? 0))
}
