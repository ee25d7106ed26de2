import {wayTo} from './status.ts'
import type {
  BaseJobFile,
  PipelineFile,
  ProjectFile,
  TemplateBridgeFile,
  TemplateFile,
  TemplateJobFile,
  WorldFile,
} from './world-types.ts'
import {isVersion, oldestVersion} from './versions.ts'

/** What a schema cannot say: ids that clash, names and ids that lead nowhere, timelines that GitLab would not live. */
export function referenceProblems(world: WorldFile): readonly string[] {
  const known = knownThings(world)
  return [
    ...versionProblems(world),
    ...duplicates(world),
    ...(world.self !== undefined && !known.jobs.has(world.self) ? [`/self: there is no job ${world.self}`] : []),
    ...(world.projects ?? []).flatMap((project, index) => projectProblems(project, `/projects/${index}`, known)),
    ...faultShapeProblems(world.faults ?? [], '/faults'),
  ]
}

interface Known {
  readonly users: ReadonlySet<string>
  readonly projects: ReadonlySet<string>
  readonly pipelines: ReadonlyMap<number, ProjectFile>
  readonly jobs: ReadonlySet<number>
}

function knownThings({users = [], projects = []}: WorldFile): Known {
  const pipelines = projects.flatMap((project) => (project.pipelines ?? []).map((pipeline) => ({project, pipeline})))
  return {
    users: new Set(users.map(({username}) => username)),
    projects: new Set(projects.map(({path}) => path)),
    pipelines: new Map(pipelines.map(({project, pipeline}) => [pipeline.id, project])),
    jobs: new Set(pipelines.flatMap(({pipeline}) => (pipeline.jobs ?? []).map(({id}) => id))),
  }
}

function versionProblems({gitlab}: WorldFile): readonly string[] {
  if (gitlab?.version === undefined || isVersion(gitlab.version)) return []
  return [`/gitlab/version: ${gitlab.version} is older than ${oldestVersion}`]
}

interface Named {
  readonly what: string
  readonly key: string | number
  readonly place: string
}

/** Jobs and bridges share their ids; tokens of people and of jobs must differ too. */
function duplicates(world: WorldFile): readonly string[] {
  const seen = new Map<string, string>()
  return [...namedThings(world)].flatMap(({what, key, place}) => {
    const before = seen.get(`${what} ${key}`)
    if (before === undefined) seen.set(`${what} ${key}`, place)
    return before === undefined ? [] : [`${place}: ${what} ${what === 'token' ? '' : `${key} `}is taken by ${before}`]
  })
}

function* namedThings({users = [], projects = []}: WorldFile): Generator<Named> {
  for (const [index, user] of users.entries()) {
    const place = `/users/${index}`
    yield {what: 'user', key: user.id, place: `${place}/id`}
    yield {what: 'username', key: user.username, place: `${place}/username`}
    for (const [at, {token}] of (user.tokens ?? []).entries())
      yield {what: 'token', key: token, place: `${place}/tokens/${at}`}
  }
  for (const [index, project] of projects.entries()) {
    const place = `/projects/${index}`
    yield {what: 'project', key: project.id, place: `${place}/id`}
    yield {what: 'path', key: project.path.toLowerCase(), place: `${place}/path`}
    for (const [at, {token}] of (project.trigger_tokens ?? []).entries())
      yield {what: 'token', key: token, place: `${place}/trigger_tokens/${at}`}
    for (const [at, pipeline] of (project.pipelines ?? []).entries()) {
      yield* namedInPipeline(pipeline, `${place}/pipelines/${at}`)
    }
  }
}

function* namedInPipeline(pipeline: PipelineFile, place: string): Generator<Named> {
  yield {what: 'pipeline', key: pipeline.id, place: `${place}/id`}
  for (const [index, job] of (pipeline.jobs ?? []).entries()) {
    yield {what: 'job', key: job.id, place: `${place}/jobs/${index}/id`}
    if (job.token !== undefined) yield {what: 'token', key: job.token, place: `${place}/jobs/${index}/token`}
  }
  for (const [index, {id}] of (pipeline.bridges ?? []).entries()) {
    yield {what: 'job', key: id, place: `${place}/bridges/${index}/id`}
  }
}

function projectProblems(project: ProjectFile, place: string, known: Known): readonly string[] {
  const members = Object.keys(project.members ?? {}).flatMap((name) => missingUser(name, `${place}/members`, known))
  const listed = [
    ...Object.keys(project.job_token_allowlist?.projects ?? {}).map((path) => ({
      path,
      at: 'job_token_allowlist/projects',
    })),
    ...(project.job_token_outbound?.projects ?? []).map((path) => ({path, at: 'job_token_outbound/projects'})),
    ...(project.agents ?? []).map((agent, index) => ({
      path: agent.config_project,
      at: `agents/${index}/config_project`,
    })),
  ]
  return [
    ...members,
    ...listed
      .filter(({path}) => !known.projects.has(path))
      .map(({path, at}) => `${place}/${at}: there is no project ${path}`),
    ...(project.trigger_tokens ?? []).flatMap(({user}, index) =>
      missingUser(user, `${place}/trigger_tokens/${index}/user`, known),
    ),
    ...templateProblems(project.pipeline_template, `${place}/pipeline_template`, known),
    ...(project.pipelines ?? []).flatMap((pipeline, index) =>
      pipelineProblems(pipeline, `${place}/pipelines/${index}`, project, known),
    ),
  ]
}

function pipelineProblems(
  pipeline: PipelineFile,
  place: string,
  project: ProjectFile,
  known: Known,
): readonly string[] {
  const {parent, jobs = [], bridges = []} = pipeline
  const own = new Set([...jobs, ...bridges].map(({id}) => id))
  const isLost = typeof parent === 'number' && (known.pipelines.get(parent) !== project || parent === pipeline.id)
  return [
    ...(isLost ? [`${place}/parent: there is no other pipeline ${parent} in this project`] : []),
    ...missingUser(pipeline.user, `${place}/user`, known),
    ...jobs.flatMap((job, index) => jobProblems(job, `${place}/jobs/${index}`, own, known)),
    ...bridges.flatMap((bridge, index) => [
      ...jobProblems(bridge, `${place}/bridges/${index}`, own, known),
      ...missingPipeline(bridge.downstream, `${place}/bridges/${index}/downstream`, known),
    ]),
  ]
}

function templateProblems(template: TemplateFile = {}, place: string, known: Known): readonly string[] {
  const {jobs = [], bridges = []} = template
  const none = new Set<number>()
  const lived = (job: TemplateJobFile | TemplateBridgeFile): BaseJobFile => ({
    ...job,
    id: 0,
    // Its timeline begins once its turn has come.
    status: job.when === 'manual' ? 'manual' : 'pending',
  })
  return [
    ...jobs.flatMap((job, index) => jobProblems(lived(job), `${place}/jobs/${index}`, none, known)),
    ...bridges.flatMap((bridge, index) => [
      ...jobProblems(lived(bridge), `${place}/bridges/${index}`, none, known),
      ...missingPipeline(bridge.downstream, `${place}/bridges/${index}/downstream`, known),
    ]),
  ]
}

function jobProblems(job: BaseJobFile, place: string, own: ReadonlySet<number>, known: Known): readonly string[] {
  const {retried_by: next, timeline = []} = job
  const isLost = typeof next === 'number' && (!own.has(next) || next <= job.id)
  return [
    ...missingUser(job.user, `${place}/user`, known),
    ...(isLost ? [`${place}/retried_by: ${next} is no newer job of this pipeline`] : []),
    ...timelineProblems(job, place),
    ...timeline.flatMap(({downstream}, index) =>
      missingPipeline(downstream, `${place}/timeline/${index}/downstream`, known),
    ),
  ]
}

function timelineProblems({status, timeline = []}: BaseJobFile, place: string): readonly string[] {
  let current = status
  return timeline.flatMap((step, index) => {
    if (step.status === undefined) return []
    const steps = wayTo(current, step.status)
    const before = current
    current = step.status
    return steps ? [] : [`${place}/timeline/${index}/status: no job goes from ${before} to ${step.status}`]
  })
}

function missingUser(name: string | null | undefined, place: string, {users}: Known): readonly string[] {
  return typeof name !== 'string' || users.has(name) ? [] : [`${place}: there is no user ${name}`]
}

function missingPipeline(id: number | null | undefined, place: string, {pipelines}: Known): readonly string[] {
  return typeof id !== 'number' || pipelines.has(id) ? [] : [`${place}: there is no pipeline ${id}`]
}

const selectors = ['on', 'after', 'times']

/** A rule that does two things, or nothing, is a mistake. */
export function faultShapeProblems(rules: readonly object[], place: string): readonly string[] {
  return rules.flatMap((rule, index) => {
    const shapes = Object.keys(rule).filter((key) => !selectors.includes(key))
    if (shapes.length === 1) return []
    return [
      `${place}/${index}: a rule does exactly one thing, this one ${shapes.length === 0 ? 'none' : shapes.join(' and ')}`,
    ]
  })
}
