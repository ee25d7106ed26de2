import {because, error, noRoute, Refusal, unauthorized, type ApiAnswer} from '../http/answers.ts'
import {anonymous, identify} from '../http/credentials.ts'
import {checkParams} from '../http/param-check.ts'
import {createMatcher, type ApiRequest, type Call, type Caller, type Tricks} from '../http/route.ts'
import {aroundRoutes} from './around.ts'
import {artifactReadRoutes} from './artifact-reads.ts'
import {environmentRoutes} from './environments.ts'
import {isGitLabRoute} from './gitlab-routes.ts'
import {jobListRoutes} from './job-lists.ts'
import {packageRoutes} from './packages.ts'
import {pipelineChangeRoutes} from './pipeline-changes.ts'
import {pipelineRoutes} from './pipelines.ts'
import {repositoryRoutes} from './repository.ts'
import {singleJobRoutes} from './single-job.ts'
import {writeRoutes} from './writes.ts'
import type {RequestCaller} from '../world/record.ts'
import {has} from '../world/versions.ts'
import type {World} from '../world/world.ts'

const routes = [
  ...singleJobRoutes,
  ...jobListRoutes,
  ...artifactReadRoutes,
  ...writeRoutes,
  ...pipelineRoutes,
  ...pipelineChangeRoutes,
  ...repositoryRoutes,
  ...environmentRoutes,
  ...packageRoutes,
  ...aroundRoutes,
]
const match = createMatcher(routes)

/** Answers one request below `/api/v4`, in GitLab's order: route, caller, parameters, and then the route itself. */
export async function answerApi(
  world: World,
  request: ApiRequest,
  tricks: Tricks,
  storageUrl: string,
): Promise<ApiAnswer> {
  let known: RequestCaller | undefined
  try {
    const {version} = world.settings
    const found = match(request.method, request.path, (feature) => has(version, feature))
    if (found === 'method') return {...error(405, '405 Not Allowed').answer, isUnknown: true}
    if (!found) return unknown(request)
    const {route} = found
    const captured = decoded(found.captured)
    const given = {...request, params: {...request.params, ...captured}}
    const caller = route.login === 'ignored' ? anonymous : identify(world, route, given)
    known = callerOf(caller)
    if (caller.kind === 'anonymous' && route.login === 'required')
      throw because(strangerReason(request), unauthorized())
    const checked = checkParams(given.params, route.params ?? {}, version)
    const call: Call = {world, route, request: given, caller, ...checked, tricks, storageUrl}
    return {...(await route.handle(call)), caller: known}
  } catch (thrown) {
    if (thrown instanceof Refusal) return {...thrown.answer, caller: known, why: thrown.why}
    throw thrown
  }
}

function callerOf(caller: Caller): RequestCaller | undefined {
  if (caller.kind === 'anonymous') return undefined
  const {username: user} = caller.user
  return caller.kind === 'user' ? {kind: 'user', user} : {kind: 'job', user, job: caller.job.id}
}

/** A token of the wrong kind, or in the wrong header, is passed over as if it were not there. */
function strangerReason({headers}: ApiRequest): string {
  if (headers['job-token'] !== undefined) return 'this route takes no job token, and nothing else was shown'
  return 'no credential that this route takes was shown'
}

/** What this GitLab does not have is its own 404; what it has and the sandbox has not is the sandbox's gap. */
function unknown({method, path}: ApiRequest): ApiAnswer {
  if (match(method, path, () => true) || !isGitLabRoute(path)) throw noRoute()
  const text = `501 Not Implemented: the sandbox does not know ${method} ${path}`
  return {...error(501, text).answer, isUnknown: true}
}

function decoded(captured: Readonly<Record<string, string>>): Record<string, string> {
  try {
    return Object.fromEntries(Object.entries(captured).map(([name, value]) => [name, decodeURIComponent(value)]))
  } catch {
    throw error(400, '400 Bad Request')
  }
}
