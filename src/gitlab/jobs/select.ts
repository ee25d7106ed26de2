import {clean} from '../../base/clean.ts'
import {ActionError} from '../../base/errors.ts'
import type {GitLab} from '../http/client.ts'
import type {FoundJob, PipelineRef, Snapshot} from '../api/types.ts'
import {findByIds} from './by-id.ts'
import type {ById} from './by-id.ts'
import {choose} from './chosen.ts'
import {explainMissing, withNearestProject} from './diagnosis.ts'
import {walkFamily} from './family.ts'
import type {WalkOptions} from './family.ts'
import {findPlaces, refuseContradictions} from './place.ts'
import type {Place} from './place.ts'
import {holesIn, jobsIn, pendingIn} from './seen.ts'
import type {Hole, Seen} from './seen.ts'
import {calledProject, callOf, patternsOf} from './selection.ts'
import type {LookOptions, OwnPlace, Selection} from './selection.ts'

export type {LookOptions, OwnPlace, Selection} from './selection.ts'

/** A look with what it could not see. */
export interface Sight extends Snapshot {
  /** Where something of the selection may lie unseen. Nobody may say "all" or "none" of it while there is one. */
  readonly holes: readonly Hole[]
  /** The pipeline looked in; undefined where ids alone were asked for. */
  readonly place: Place | undefined
  /** What is of the selection but for a status that this version does not know. */
  readonly undecided: readonly FoundJob[]
  /** How many are of the selection but for their status. */
  readonly meant: number
}

/**
 * One look at the jobs chosen, whole: what was given and fits nothing is `missing`. Who looks again is told the `holes` to judge by; for all others
 * it rejects if something of the selection cannot be seen (`refused`). Rejects if no route is open to the credential, if there is no such pipeline (`notFound`), or if
 * the selection does not say where to look (`usage`).
 */
export async function look(
  gitlab: GitLab,
  selection: Selection,
  own: OwnPlace,
  options: LookOptions = {},
): Promise<Snapshot> {
  const {holes, place: _, undecided: __, meant: ___, ...snapshot} = await sight(gitlab, selection, own, options)
  const [first] = holes
  if (first === undefined) return snapshot
  // Only who looks again can see what is still to come, and judges by the holes.
  if (options.pipelines === undefined) throw first.error
  // A job token's own pipeline is never hidden from it: there an empty list only means that nothing is there yet.
  const isOnlyEarly = ({kind, pipelineId}: Hole): boolean => kind === 'jobs' && pipelineId === own.pipelineId
  return {...snapshot, holes: snapshot.missing.length === 0 ? holes : holes.filter((hole) => !isOnlyEarly(hole))}
}

/** One look that tells its holes instead of failing: only for showing what there is, never for judging it. */
export async function sight(
  gitlab: GitLab,
  selection: Selection,
  own: OwnPlace,
  options: LookOptions = {},
): Promise<Sight> {
  // What is wrong with a pattern or a place is told before the first request.
  choose(selection, [])
  refuseContradictions(selection)
  try {
    return await see(gitlab, selection, own, options)
  } catch (error) {
    throw withNearestProject(error, selection.project ?? gitlab.project ?? '', own)
  }
}

async function see(gitlab: GitLab, selection: Selection, own: OwnPlace, options: LookOptions): Promise<Sight> {
  const byId = await findByIds(gitlab, selection, own, options)
  if (isByIdAlone(selection)) return sightOfIds(byId, selection)
  let first: Sight | undefined
  for await (const place of findPlaces({gitlab, selection, own, options})) {
    const seen = await walkFamily(gitlab, place, walkOptions(selection, options))
    const found = sightOf(seen, place, selection, byId, options)
    // What it has is not known, so no other may stand in for it.
    if (found.holes.length > 0) return found
    // By status none may fit, and that is an answer.
    const isFilled = found.jobs.length > 0 || (selection.status ?? []).length > 0
    if (selection.strategy === 'latest-job' && found.jobs.some(({job}) => job.status !== 'success')) {
      first ??= {...found, jobs: [], missing: [...found.missing, ...found.jobs.map(({label}) => label)]}
      continue
    }
    if (found.missing.length === 0 && isFilled) return found
    first ??= found
  }
  if (first === undefined) throw new ActionError('usage', 'Which pipeline is not said.')
  return first
}

/** Exactly one job. None is `notFound` with the nearest names; several are a `usage` error that lists them. */
export async function findOne(
  gitlab: GitLab,
  selection: Selection,
  own: OwnPlace,
  options: LookOptions = {},
): Promise<FoundJob> {
  const snapshot = await look(gitlab, selection, own, options)
  const [only, ...more] = snapshot.jobs
  if (only === undefined || snapshot.missing.length > 0)
    throw await explainMissing(gitlab, snapshot, selection, {
      project: projectName(gitlab, selection, own),
      look: options,
    })
  if (more.length === 0) return only
  const shown = snapshot.jobs
    .slice(0, 10)
    .map(({label, job}) => `"${clean(label, 100)}" (${job.id}, ${clean(job.status, 30)})`)
  const rest = snapshot.jobs.length > shown.length ? ` and ${snapshot.jobs.length - shown.length} more` : ''
  throw new ActionError(
    'usage',
    `${snapshot.jobs.length} jobs fit, and this needs exactly one: ${shown.join(', ')}${rest}.`,
    {
      hint: 'Name one with --job or --job-id.',
    },
  )
}

/** How people call the project of a selection. */
export function projectName(gitlab: GitLab, {project}: Selection, own: OwnPlace): string {
  const given = project ?? gitlab.project ?? ''
  return own.projectPath !== undefined && given === String(own.projectId) ? own.projectPath : calledProject(given)
}

/** Ids alone say everything: no pipeline is needed beside them. */
function isByIdAlone({jobId = [], job = [], jobMatch = []}: Selection): boolean {
  return jobId.length > 0 && job.length + patternsOf({jobMatch}).included.length === 0
}

/** What a look must read beside the jobs of the pipeline. */
function walkOptions(selection: Selection, options: LookOptions): WalkOptions {
  const {job = [], family = false, triggerJobs} = selection
  const isLean = options.jobsOnly === true || triggerJobs === 'ignore'
  const isByName = patternsOf(selection).included.length === 0 && job.length > 0
  let above: ReadonlySet<string> = new Set()
  return {
    isFamily: family,
    isFollowed: (label) => family || job.some((name) => name.startsWith(`${label}/`) && !above.has(name)),
    needsTriggerJobs: (names, path) => {
      if (path === '') above = names
      if (family) return true
      const isNotFound = (name: string): boolean =>
        !above.has(name) && name.startsWith(path) && !names.has(name.slice(path.length))
      return job.some(isNotFound) || !(isByName || isLean || path !== '')
    },
    countAttempts: options.countAttempts ?? false,
    call: callOf(options),
  }
}

function sightOfIds({jobs, missing}: ById, selection: Selection): Sight {
  const pipelines = [...new Map(jobs.map(({job}) => [job.pipeline.id, job.pipeline])).values()]
  const {stage, status} = selection
  const chosen = choose({stage, status, allowUnmatched: selection.allowUnmatched}, jobs)
  return {
    jobs: chosen.jobs,
    pipelines,
    pendingBridges: [],
    missing: [...chosen.unmatched, ...missing.map(String)],
    names: jobs.map(({job}) => job.name),
    holes: [],
    place: undefined,
    undecided: chosen.undecided,
    meant: chosen.meant,
  }
}

function sightOf(seen: Seen, place: Place, selection: Selection, byId: ById, options: LookOptions): Sight {
  const isLean = options.jobsOnly === true || selection.triggerJobs === 'ignore'
  const named = new Set(selection.job ?? [])
  const candidates = jobsIn(seen).filter(
    ({job, label}) => !isLean || !('downstream_pipeline' in job) || named.has(job.name) || named.has(label),
  )
  const {jobs, unmatched, undecided, meant} = choose(selection, candidates, byId.jobs)
  const holes = holesIn(seen, selection)
  return {
    jobs,
    pipelines: seen.pipelines.flatMap(({pipeline}): readonly PipelineRef[] =>
      pipeline === undefined ? [] : [pipeline],
    ),
    pendingBridges: selection.family ? pendingIn(seen) : [],
    missing: [...unmatched, ...byId.missing.map(String)],
    names: [...new Set(jobsIn(seen).map(({job, label}) => (label === job.name ? job.name : label)))],
    holes: isLean && !selection.family ? holes.filter(({kind}) => kind !== 'trigger-jobs') : holes,
    unseen: isLean ? [] : seen.holes.filter((hole) => !holes.includes(hole)),
    place,
    undecided,
    meant,
  }
}
