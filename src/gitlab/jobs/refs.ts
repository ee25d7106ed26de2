import {clean} from '../../base/clean.ts'
import {ActionError} from '../../base/errors.ts'
import type {CallOptions, GitLab} from '../http/client.ts'
import {pipelineJobs, pipelines, projectJobs} from '../api/endpoints.ts'
import type {PipelineRef} from '../api/types.ts'
import {calledProject} from './selection.ts'

export interface NamedRef {
  readonly project: string
  /** As it was given. */
  readonly given: string | undefined
}

/** A ref as GitLab's lists know it, and whether it must be a tag, where the full ref says so. */
export interface WantedRef {
  readonly ref: string | undefined
  readonly isTag: boolean | undefined
}

/** `refs/heads/v2` and `refs/tags/v2` are the branch and the tag `v2`; GitLab's lists call both `v2`. */
export function parseRef(given: string | undefined): WantedRef {
  const full = /^refs\/(heads|tags)\/(.+)$/.exec(given ?? '')
  return full ? {ref: full[2], isTag: full[1] === 'tags'} : {ref: given, isTag: undefined}
}

/** Of which of the two a pipeline is, as its jobs tell; undefined if none can be seen. */
export async function isOfTag(
  gitlab: GitLab,
  project: string,
  {id: pipeline}: PipelineRef,
  options: CallOptions,
): Promise<boolean | undefined> {
  for await (const page of gitlab.pages(pipelineJobs({project, pipeline}), options)) return page[0]?.tag
  return undefined
}

/** Whether the failure means that this way is closed to us, so that another may be tried. */
export function isClosed(error: unknown): boolean {
  return error instanceof ActionError && (error.kind === 'refused' || error.kind === 'notFound')
}

/** Whether a name is given that a branch and a tag may share. */
export function isBare({given}: NamedRef): boolean {
  return given !== undefined && !given.startsWith('refs/')
}

/** The error for a bare name of both a branch and a tag. */
export function ambiguous({given, project}: NamedRef): ActionError {
  const name = clean(given, 100)
  return new ActionError('usage', `"${name}" is both a branch and a tag of ${calledProject(project)}.`, {
    hint: `Say which: --ref refs/heads/${name} or --ref refs/tags/${name}.`,
  })
}

/** Throws where a bare name is seen to be both a branch and a tag, whose pipelines GitLab's lists do not tell apart. */
export async function refuseAmbiguous(gitlab: GitLab, named: NamedRef, options: CallOptions): Promise<void> {
  const {given, project} = named
  if (given === undefined || !isBare(named) || isKnownPlain(gitlab, `${project} ${given}`)) return
  const kinds = await kindsOf(gitlab, project, given, options)
  if (kinds.size > 1) throw ambiguous(named)
}

const plainRefs = new WeakMap<GitLab, Set<string>>()

/** True from the second time on: one look finds out, the others need not. */
function isKnownPlain(gitlab: GitLab, key: string): boolean {
  const known = plainRefs.get(gitlab) ?? new Set()
  plainRefs.set(gitlab, known)
  const isKnown = known.has(key)
  known.add(key)
  return isKnown
}

/** Of the newest jobs of that name; where they are closed, of the newest few pipelines. */
async function kindsOf(
  gitlab: GitLab,
  project: string,
  ref: string,
  options: CallOptions,
): Promise<ReadonlySet<boolean>> {
  try {
    return await kindsOfJobs(gitlab, project, ref, options)
  } catch (error) {
    if (!isClosed(error)) throw error
  }
  const kinds = new Set<boolean>()
  for (const pipeline of await gitlab.call(pipelines({project, ref, perPage: 5}), options)) {
    const isTag = await isOfTag(gitlab, project, pipeline, options)
    if (isTag !== undefined) kinds.add(isTag)
  }
  return kinds
}

/** As one request tells them. */
async function kindsOfJobs(
  gitlab: GitLab,
  project: string,
  ref: string,
  options: CallOptions,
): Promise<ReadonlySet<boolean>> {
  for await (const page of gitlab.pages(projectJobs({project, ref}), {...options, limit: 1})) {
    return new Set(page.filter((job) => job.ref === ref).map(({tag}) => tag))
  }
  return new Set()
}
