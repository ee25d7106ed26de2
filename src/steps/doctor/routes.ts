import type {OwnJob} from '../../command/action.ts'
import type {RouteName} from '../../gitlab/api/access.ts'
import type {GitLab} from '../../gitlab/http/client.ts'
import {
  artifacts,
  job as oneJob,
  oneProject,
  pipelineJobs,
  pipelines,
  projectJobs,
  trace,
} from '../../gitlab/api/endpoints.ts'
import {cannotCall} from '../../gitlab/api/refusal.ts'
import type {Project} from '../../gitlab/api/shapes.ts'
import {firstOf} from './ask.ts'
import type {Asker, Told} from './ask.ts'
import {no, outOfReach, unknown, verdictOf} from './doctor-verdict.ts'
import type {Verdict, Verdicts} from './doctor-verdict.ts'

/** The routes of a project that are tried: each only reads, a row or a byte. */
export const triedRoutes = ['project-jobs', 'pipelines', 'pipeline-jobs', 'job', 'trace', 'artifacts'] as const

export interface Tried {
  readonly verdicts: Verdicts
  /** As the access token sees it, or anybody. */
  readonly project: Told<Project> | undefined
}

interface Trying {
  readonly gitlab: GitLab
  readonly own: OwnJob
}

/** Tries the reading routes of a project, with the credential that each would be called with. */
export async function tryRoutes(
  {gitlab, own}: Trying,
  asker: Asker,
  project: string | undefined,
  asksProject: boolean,
): Promise<Tried> {
  if (project === undefined)
    return {verdicts: new Map(triedRoutes.map((route) => [route, nowhere(route, gitlab, asker)])), project: undefined}
  const known = asksProject ? await asker.ask(oneProject({project})) : undefined
  const jobs = await asker.ask(firstOf(projectJobs({project})))
  const found = await asker.ask(pipelines({project, perPage: 1}))
  const isOwn = project === String(own.projectId) || project === own.projectPath
  // Where no pipeline or job is known, any will do: a refusal comes before GitLab looks for it.
  const pipeline = (isOwn ? own.pipelineId : undefined) ?? found.value?.[0]?.id ?? jobs.value?.[0]?.pipeline.id ?? 1
  const inPipeline = await asker.ask(firstOf(pipelineJobs({project, pipeline})))
  const job = jobs.value?.[0]?.id ?? inPipeline.value?.[0]?.id ?? (isOwn ? own.id : undefined) ?? 1
  const told = {
    'project-jobs': jobs,
    pipelines: found,
    'pipeline-jobs': inPipeline,
    job: await asker.ask(oneJob({project, job})),
    trace: await asker.open(trace({project, job, limit: 1})),
    artifacts: await asker.open(artifacts({project, job})),
  } as const satisfies Readonly<Record<(typeof triedRoutes)[number], Told<unknown>>>
  const verdicts = triedRoutes.map((route) => [route, verdictOf(route, told[route], gitlab, asker)] as const)
  return {verdicts: new Map(verdicts), project: asker.outage() ? undefined : known}
}

/** The verdict on a route of a project, where no project is given. */
export function nowhere(route: RouteName, gitlab: GitLab, asker: Asker): Verdict {
  const choice = gitlab.choose(route)
  if (choice.kind === 'refused') return no(cannotCall(route, choice.reason, gitlab.facts))
  return unknown(asker.outage() ? outOfReach : 'Not checked: no project is given. Name one with --target.', choice.kind)
}
