import type {OwnJob} from '../../command/action.ts'
import type {ActionError} from '../../base/errors.ts'
import type {Credential, RouteName} from '../../gitlab/api/access.ts'
import type {Endpoint} from '../../gitlab/api/endpoints.ts'
import {
  artifacts,
  job as oneJob,
  oneProject,
  pipelineJobs,
  pipelines,
  projectJobs,
  trace,
} from '../../gitlab/api/endpoints.ts'
import type {Project} from '../../gitlab/api/shapes.ts'
import type {Answer, Asker} from './ask.ts'
import {outOfReach} from './check.ts'

/** Whether a route can be called with what is there. */
export interface Verdict {
  /** `should`: not called, because it changes something, but the token has the scope and the role; `unknown`: could not be checked. */
  readonly works: 'yes' | 'should' | 'unknown' | 'no'
  readonly credential: Credential['kind'] | undefined
  /** A sentence, or for `yes` the beginning of one that ends with the credential. */
  readonly why: string
  /** Of `no`. */
  readonly error?: ActionError | undefined
}

/** What is known of each route that was looked at. */
export type Verdicts = ReadonlyMap<RouteName, Verdict>

/** The routes of a project that are tried: each only reads, a row or a byte. */
export const triedRoutes = ['project-jobs', 'pipelines', 'pipeline-jobs', 'job', 'trace', 'artifacts'] as const

/** What the reading routes of a project have answered. */
export interface Tried {
  readonly verdicts: Verdicts
  /** As the access token sees it, or anybody. */
  readonly project: Answer<Project> | undefined
}

/** Tries the reading routes of a project, with the credential that each would be called with. */
export async function tryRoutes(
  asker: Asker,
  own: OwnJob,
  project: string | undefined,
  asksProject: boolean,
): Promise<Tried> {
  if (project === undefined) {
    return {verdicts: new Map(triedRoutes.map((route) => [route, nowhere(route, asker)])), project: undefined}
  }
  const known = asksProject ? await asker.ask(oneProject({project})) : undefined
  const jobs = await asker.ask(firstOf(projectJobs({project})))
  const found = await asker.ask(pipelines({project, perPage: 1}))
  const isOwn = project === String(own.projectId) || project === own.projectPath
  // Where no pipeline or job is known, any will do: a refusal comes before GitLab looks for it.
  const pipeline = (isOwn ? own.pipelineId : undefined) ?? found.value?.[0]?.id ?? jobs.value?.[0]?.pipeline.id ?? 1
  const inPipeline = await asker.ask(firstOf(pipelineJobs({project, pipeline})))
  const job = jobs.value?.[0]?.id ?? inPipeline.value?.[0]?.id ?? (isOwn ? own.id : undefined) ?? 1
  const answers = {
    'project-jobs': jobs,
    pipelines: found,
    'pipeline-jobs': inPipeline,
    job: await asker.ask(oneJob({project, job})),
    trace: await asker.open(trace({project, job, limit: 1})),
    artifacts: await asker.open(artifacts({project, job})),
  } as const satisfies Readonly<Record<(typeof triedRoutes)[number], Answer<unknown>>>
  const verdicts = triedRoutes.map((route) => [route, verdictOf(route, answers[route], asker)] as const)
  return {verdicts: new Map(verdicts), project: asker.outage() ? undefined : known}
}

/** What an answer says about its route. */
export function verdictOf(route: RouteName, {error}: Answer<unknown>, asker: Asker): Verdict {
  const {credential} = asker.wayTo(route)
  if (error === undefined) return {works: 'yes', credential, why: 'Open'}
  if (error === asker.outage()) return unknown(outOfReach, credential)
  if (isOnlyEmpty(error)) return {works: 'yes', credential, why: 'Nothing to read, but open'}
  return no(error, credential)
}

/** The verdict on a route of a project, where no project is given. */
export function nowhere(route: RouteName, asker: Asker): Verdict {
  const {credential, error} = asker.wayTo(route)
  if (error) return no(error)
  return unknown(asker.outage() ? outOfReach : 'Not checked: no project is given. Name one with --target.', credential)
}

/** A route that cannot be called, and why. */
export function no(error: ActionError, credential?: Verdict['credential']): Verdict {
  return {works: 'no', credential, why: error.message, error}
}

/** A route that could not be checked, and why. */
export function unknown(why: string, credential?: Verdict['credential']): Verdict {
  return {works: 'unknown', credential, why}
}

/** The same list, one row of it. */
function firstOf<T>(endpoint: Endpoint<readonly T[]>): Endpoint<readonly T[]> {
  return {...endpoint, query: [['per_page', '1']]}
}

/** GitLab looks for the project first, then for the right to read, and only then for the job: missing the last is past all refusals. */
function isOnlyEmpty({kind, status, message}: ActionError): boolean {
  return kind === 'notFound' && status !== undefined && !/project not found/i.test(message)
}
