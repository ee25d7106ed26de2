import {clean} from '../../base/clean.ts'
import {ActionError} from '../../base/errors.ts'
import {escapeGlob} from '../../base/glob.ts'
import {nearestNames} from '../../base/nearest.ts'
import type {GitLab} from '../http/client.ts'
import {oneCommit, pipelines, projectJobs} from '../api/endpoints.ts'
import type {PipelineRef, Snapshot} from '../api/types.ts'
import {parseRef} from './refs.ts'
import {calledProject, callOf, isByPlace, patternsOf, refsOf} from './selection.ts'
import type {LookOptions, OwnPlace, Selection} from './selection.ts'

/** Says that nothing fits a selection, where it was looked for, and which names come nearest. */
export function missingError(
  {missing, names, pipelines, holes: [hole] = [], unseen: [hidden] = []}: Missing,
  selection: Selection,
  {project}: {readonly project: string},
): ActionError {
  if (hole) return hole.error
  const jobs = names.length === 1 ? '1 job' : `${names.length} jobs`
  const [first] = pipelines
  const where =
    first === undefined ? ` in ${project}` : ` in pipeline ${first.id} of ${project} (${jobs}${more(pipelines.length)})`
  const near = nearestOf(missing, names, selection)
  const nearest = near.length === 0 ? '' : ` Nearest: ${near.map(quoted).join(', ')}.`
  const hints = [
    ...(near.length > 0 || names.length === 0 ? [] : [`There is: ${listed(names)}.`]),
    ...(hidden && near.length === 0
      ? [
          `${capital(hidden.what)} cannot be seen with this credential: if it is one of them, set GITLAB_TOKEN to an access token.`,
        ]
      : []),
    ...(selection.pipelineId === undefined && missing.some((name) => selection.jobId?.map(String).includes(name))
      ? ['A trigger job is found by its id in its own pipeline alone: give --pipeline-id.']
      : []),
  ]
  return new ActionError(
    'notFound',
    `${what(missing, selection)}${first || !selection.jobId?.length ? where : ` in ${project}`}.${nearest}`,
    {hint: hints.length === 0 ? undefined : hints.join(' ')},
  )
}

type Missing = Pick<Snapshot, 'missing' | 'names' | 'pipelines' | 'holes' | 'unseen'>

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}

/** A pattern is compared without its wildcards; what it might have meant is shown as it must be written in a pattern. */
function nearestOf(missing: readonly string[], names: readonly string[], selection: Selection): readonly string[] {
  const patterns = new Set(patternsOf(selection).included)
  const near = missing.flatMap((name) =>
    patterns.has(name)
      ? nearestNames(name.replace(/[*?\\]/g, ''), names).map((nearby) => escapeGlob(nearby, 'cross'))
      : nearestNames(name, names),
  )
  return [...new Set(near)].slice(0, 5)
}

function what(missing: readonly string[], selection: Selection): string {
  const {job = [], jobId = [], stage = [], status = []} = selection
  const {included, excluded} = patternsOf(selection)
  if (missing.length > 0) {
    const ids = new Set(jobId.map(String))
    const stages = missing.filter((given) => stage.includes(given))
    const patterns = missing.filter((given) => included.includes(given))
    const others = missing.filter((given) => !stage.includes(given) && !included.includes(given))
    const parts = [
      ...(others.length === 0
        ? []
        : [`job ${others.map((given) => (ids.has(given) ? given : quoted(given))).join(', ')}`]),
      ...(patterns.length === 0 ? [] : [`job that matches ${patterns.map(quoted).join(' or ')}`]),
      ...(stages.length === 0 ? [] : [`job of stage ${stages.map(quoted).join(' or ')}`]),
    ]
    return `No ${parts.join(', and no ')}`
  }
  const filters = [
    ...(job.length === 0 ? [] : [`is called ${job.map(quoted).join(' or ')}`]),
    ...(included.length === 0 ? [] : [`matches ${included.map(quoted).join(' or ')}`]),
    ...(excluded.length === 0 ? [] : [`does not match ${excluded.map(quoted).join(' or ')}`]),
    ...(stage.length === 0 ? [] : [`is of stage ${stage.map(quoted).join(' or ')}`]),
    ...(status.length === 0 ? [] : [`is ${status.map((name) => clean(name, 40)).join(' or ')}`]),
  ]
  return filters.length === 0 ? 'No job' : `No job that ${filters.join(' and ')}`
}

function more(pipelines: number): string {
  return pipelines > 1 ? ` in it and ${pipelines - 1} below it` : ''
}

/** Says why there is no pipeline: which refs and merge requests have some. A pipeline may still come, so it may be waited for. */
export async function noPipeline(
  gitlab: GitLab,
  project: string,
  selection: Selection,
  look: LookOptions,
): Promise<ActionError> {
  const {sha, mergeRequest, pipelineSource} = selection
  const refs = refsOf(selection)
  const parts = [
    ...(refs.length === 0 ? [] : [`for ${refs.map(quoted).join(' or ')}`]),
    ...(mergeRequest === undefined ? [] : [`for merge request !${mergeRequest}`]),
    ...(sha === undefined ? [] : [`for commit ${clean(sha, 64)}`]),
    ...(pipelineSource === undefined ? [] : [`of source ${quoted(pipelineSource)}`]),
  ]
  const known = await newestPipelines(gitlab, project, look)
  const near = nearestRefs(refs, mergeRequest, known)
  const nearest = near.length === 0 ? '' : ` Nearest: ${near.join(', ')}.`
  const isThere = await isAnyThere(gitlab, project, selection, look)
  const absent = isThere === false ? `, and no such ${mergeRequest === undefined ? 'ref' : 'merge request'}` : ''
  return new ActionError(
    'notFound',
    `No pipeline ${parts.join(' ')}${absent} in ${calledProject(project)}.${nearest}`,
    {
      hint: hintFor(selection, known),
      // Of a ref that is not there no pipeline will come.
      mayAppear: isThere !== false,
    },
  )
}

/** Whether one of the refs, or the merge request, exists; undefined where nobody may tell, or nothing is named. */
async function isAnyThere(
  gitlab: GitLab,
  project: string,
  {mergeRequest, ...selection}: Selection,
  look: LookOptions,
): Promise<boolean | undefined> {
  const refs = mergeRequest === undefined ? refsOf(selection) : [`refs/merge-requests/${mergeRequest}/head`]
  const answers: (boolean | undefined)[] = []
  for (const ref of refs.map((given) => parseRef(given).ref ?? given)) {
    try {
      await gitlab.call(oneCommit({project, ref}), {...callOf(look), attempts: 1})
      return true
    } catch (error) {
      if (!(error instanceof ActionError)) throw error
      answers.push(/commit not found/i.test(error.message) ? false : undefined)
    }
  }
  return answers.length > 0 && answers.every((answer) => answer === false) ? false : undefined
}

/** A project that is not there, or not to be seen, with what was probably meant: all that is known of others is our own. */
export function withNearestProject(error: unknown, project: string, own: OwnPlace): unknown {
  const isMissing =
    error instanceof ActionError && error.kind === 'notFound' && /project not found/i.test(error.message)
  if (!isMissing || own.projectPath === undefined || project === own.projectPath) return error
  const near = nearestNames(project, [own.projectPath])
  const {kind, message, hint, status, cause} = error
  const nearest = near.length === 0 ? '' : ` Nearest: ${near.map(quoted).join(', ')}.`
  return new ActionError(kind, `No project ${quoted(project)}: ${message}${nearest}`, {hint, status, cause})
}

/** The same as `missingError`, with the newest pipeline of the ref that does have what its newest one lacks. */
export async function explainMissing(
  gitlab: GitLab,
  snapshot: Missing,
  selection: Selection,
  {project, look = {}}: {readonly project: string; readonly look?: LookOptions},
): Promise<ActionError> {
  const error = missingError(snapshot, selection, {project})
  const [pipeline] = snapshot.pipelines
  if (!isByPlace(selection) || pipeline === undefined || error.kind !== 'notFound') return error
  const elsewhere = await pipelineWith(gitlab, pipeline, snapshot.missing, look)
  if (elsewhere === undefined) return error
  const {kind, message, hint, status, cause} = error
  const has = `Pipeline ${elsewhere} of the same ref has it: give --pipeline-id ${elsewhere}, or --strategy any-status for the newest that has it.`
  return new ActionError(kind, message, {hint: hint === undefined ? has : `${has} ${hint}`, status, cause})
}

async function pipelineWith(
  gitlab: GitLab,
  {project_id: project, ref, id}: PipelineRef,
  names: readonly string[],
  look: LookOptions,
): Promise<number | undefined> {
  try {
    for await (const page of gitlab.pages(projectJobs({project, ref}), {...callOf(look), again: false, limit: 3})) {
      const other = page.find((job) => names.includes(job.name) && job.ref === ref && job.pipeline.id !== id)
      if (other) return other.pipeline.id
    }
  } catch (error) {
    if (!(error instanceof ActionError)) throw error
  }
  return undefined
}

function hintFor(selection: Selection, known: readonly PipelineRef[]): string | undefined {
  const {sha, mergeRequest} = selection
  if (sha !== undefined && sha.length < 40) return 'GitLab needs the whole commit id.'
  if (mergeRequest !== undefined)
    return 'The merge request has no pipelines of its own: it is another one, or `rules` make none for merge requests. Its branch may have some: --ref.'
  if (refsOf(selection).length === 0) return undefined
  const refs = [...new Set(known.map(({ref}) => ref))].filter((ref) => !ref.startsWith('refs/'))
  return `Pipelines of merge requests run on refs of their own: use --merge-request for them.${refs.length === 0 ? '' : ` Refs with pipelines: ${listed(refs)}.`}`
}

function nearestRefs(
  refs: readonly string[],
  mergeRequest: number | undefined,
  known: readonly PipelineRef[],
): readonly string[] {
  const seen = [...new Set(known.map(({ref}) => ref))]
  if (mergeRequest === undefined) {
    const bare = refs.map((ref) => ref.replace(/^refs\/(?:heads|tags)\//, ''))
    return [...new Set(bare.flatMap((ref) => nearestNames(ref, seen)))].slice(0, 5).map(quoted)
  }
  const requests = seen.flatMap((ref) => /^refs\/merge-requests\/(\d+)\//.exec(ref)?.[1] ?? [])
  return [...new Set(requests)].slice(0, 5).map((iid) => `!${iid}`)
}

const lists = new WeakMap<GitLab, Map<string, Promise<readonly PipelineRef[]>>>()

/** Asked for once: whoever looks again and again is told the same. */
function newestPipelines(gitlab: GitLab, project: string, look: LookOptions): Promise<readonly PipelineRef[]> {
  const known = lists.get(gitlab) ?? new Map<string, Promise<readonly PipelineRef[]>>()
  lists.set(gitlab, known)
  const list = known.get(project) ?? readPipelines(gitlab, project, look)
  known.set(project, list)
  return list
}

/** The hundred newest pipelines, or those of the hundred newest jobs; none where neither may be listed. */
async function readPipelines(gitlab: GitLab, project: string, look: LookOptions): Promise<readonly PipelineRef[]> {
  const options = {...callOf(look), again: false, attempts: 1}
  const ways = [
    () => gitlab.call(pipelines({project, perPage: 100}), options),
    async () => (await gitlab.call(projectJobs({project}), options)).map(({pipeline}) => pipeline),
  ]
  for (const list of ways) {
    try {
      return await list()
    } catch (error) {
      if (!(error instanceof ActionError)) throw error
    }
  }
  return []
}

function listed(names: readonly string[]): string {
  return `${names.slice(0, 10).map(quoted).join(', ')}${names.length > 10 ? ' and more' : ''}`
}

function quoted(name: string): string {
  return `"${clean(name, 100)}"`
}
