import {clean} from '../../base/clean.ts'
import {ActionError} from '../../base/errors.ts'
import {compileGlob} from '../../base/glob.ts'
import {findByIds} from './by-id.ts'
import type {GitLab} from '../http/client.ts'
import {walkFamily} from './family.ts'
import type {Branch} from './family.ts'
import {callOf} from './selection.ts'
import type {LookOptions, OwnPlace, Selection} from './selection.ts'
import {missingError} from './diagnosis.ts'
import {newestAttempts, sameJob} from './newest.ts'
import {findRoot} from './place.ts'
import type {FoundJob, Snapshot} from '../api/types.ts'

export type {LookOptions, OwnPlace, Selection} from './selection.ts'

/**
 * One look at the jobs chosen, with one list request for each pipeline. Rejects if no route is open to the credential, if
 * there is no such pipeline (`notFound`), or if the selection does not say where to look (`usage`).
 */
export async function look(
  gitlab: GitLab,
  selection: Selection,
  own: OwnPlace,
  options: LookOptions = {},
): Promise<Snapshot> {
  const matches = matcher(selection)
  const byId = await findByIds(gitlab, selection, own, options)
  // Ids alone say everything: no pipeline is needed beside them.
  if (byId.asked && !byId.andMore) return snapshotOfIds(byId, matches)
  const root = await findRoot(gitlab, selection, own, options)
  const branches = await walkFamily(gitlab, root, {
    isFamily: selection.family ?? false,
    isWanted: (names) => (selection.job ?? []).some((name) => !names.has(name)),
    countAttempts: options.countAttempts ?? false,
    call: callOf(options),
  })
  return snapshotOf(branches, selection, matches, byId)
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
  if (only === undefined) throw missingError(snapshot, selection, {project: projectName(gitlab, selection, own)})
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
  return own.projectPath !== undefined && given === String(own.projectId) ? own.projectPath : clean(given, 200)
}

type Matcher = (found: FoundJob) => boolean

/** Whether a job is meant by name, pattern, stage and status. Ids are looked up by themselves. */
function matcher({job = [], jobMatch = [], stage = [], status = []}: Selection): {byName: Matcher; fits: Matcher} {
  const names = new Set(job)
  const patterns = jobMatch.map((pattern) => compileGlob(pattern, {slashes: 'cross'}))
  const isAny = names.size === 0 && patterns.length === 0
  return {
    byName: ({job: {name}}) => names.has(name) || patterns.some((matches) => matches(name)) || isAny,
    fits: ({job: one}) =>
      (stage.length === 0 || stage.includes(one.stage)) && (status.length === 0 || status.includes(one.status)),
  }
}

type ById = Awaited<ReturnType<typeof findByIds>>

function snapshotOfIds({jobs, missing}: ById, {fits}: ReturnType<typeof matcher>): Snapshot {
  const pipelines = [...new Map(jobs.map(({job}) => [job.pipeline.id, job.pipeline])).values()]
  return {jobs: jobs.filter(fits), pipelines, pendingBridges: [], missing, names: jobs.map(({job}) => job.name)}
}

function snapshotOf(
  branches: readonly Branch[],
  selection: Selection,
  {byName, fits}: ReturnType<typeof matcher>,
  byId: ById,
): Snapshot {
  const all = branches.flatMap(({jobs, bridges}) => [...newestAttempts(jobs), ...newestAttempts(bridges)])
  const names = new Set(all.map(({job}) => job.name))
  const isNamed = (selection.job ?? []).length + (selection.jobMatch ?? []).length > 0
  // A bridge stands for a pipeline, not for work of its own: it is chosen only by name.
  const chosen = all.filter(
    (found) => byName(found) && fits(found) && (isNamed || !('downstream_pipeline' in found.job)),
  )
  const extra = byId.jobs.filter((found) => fits(found) && !chosen.some((other) => sameJob(other, found)))
  return {
    jobs: [...chosen, ...extra],
    pipelines: branches.flatMap(({pipeline}) => (pipeline === undefined ? [] : [pipeline])),
    pendingBridges: selection.family ? branches.flatMap(({pending}) => pending) : [],
    missing: [...(selection.job ?? []).filter((name) => !names.has(name)), ...byId.missing],
    names: [...names],
  }
}
