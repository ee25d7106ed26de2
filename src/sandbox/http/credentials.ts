import {because, error, message, unauthorized} from './answers.ts'
import type {ApiRequest, Caller, Route} from './route.ts'
import {isExecuting} from '../world/status.ts'
import {has} from '../world/versions.ts'
import type {World} from '../world/world.ts'

export const anonymous: Caller = {kind: 'anonymous'}

/**
 * Finds the caller in the order in which GitLab looks: Bearer, then the private token, then the job token; the first
 * that is found wins. A job token is looked at only on routes that take one.
 */
export function identify(world: World, route: Route, request: ApiRequest): Caller {
  const takesJobToken =
    route.jobToken === true || (route.jobToken !== undefined && has(world.settings.version, route.jobToken))
  return (
    byBearer(world, request, takesJobToken) ??
    byPrivateToken(world, request) ??
    (takesJobToken ? byJobToken(world, request) : undefined) ??
    anonymous
  )
}

/** A finished job's token is not refused here: the search goes on and ends in an anonymous caller. */
function byBearer(world: World, request: ApiRequest, takesJobToken: boolean): Caller | undefined {
  const bearer = /^Bearer +(\S+)$/i.exec(header(request, 'authorization') ?? '')?.[1]
  if (bearer === undefined) return undefined
  if (takesJobToken) {
    const caller = jobCaller(world, bearer)
    if (caller) return caller
  }
  return isJobToken(world, bearer) ? undefined : personalCaller(world, request, bearer)
}

function byPrivateToken(world: World, request: ApiRequest): Caller | undefined {
  const token = text(request.params['private_token']) ?? header(request, 'private-token')
  return token === undefined || isJobToken(world, token) ? undefined : personalCaller(world, request, token)
}

function byJobToken(world: World, request: ApiRequest): Caller | undefined {
  const token = text(request.params['job_token']) ?? text(request.params['token']) ?? header(request, 'job-token')
  if (token === undefined) return undefined
  const caller = jobCaller(world, token)
  if (!caller) throw because(deadTokenReason(world, token), unauthorized())
  return caller
}

function deadTokenReason(world: World, token: string): string {
  const job = world.jobOfToken(token)
  if (!job) return 'this is the token of no job of this world'
  if (job.user === null) return `job ${job.id} is nobody's, so its token counts for nobody`
  return `the token of job ${job.id} counts while the job runs, and the job is ${job.erasedAt === null ? job.status : 'erased'}`
}

/** For the trigger API, whose token is a parameter of its own. Refuses the token of a job that does not run. */
export function callerOfJobToken(world: World, token: string): Caller | undefined {
  const job = world.jobOfToken(token)
  if (!job) return undefined
  const caller = jobCaller(world, token)
  if (!caller) throw message(401, job.user === null ? 'User is blocked!' : 'Job is not running')
  return caller
}

function jobCaller(world: World, token: string): Caller | undefined {
  const job = world.jobOfToken(token)
  if (!job || !isExecuting(job.status) || job.erasedAt !== null || job.user === null) return undefined
  return {kind: 'job', user: job.user, job}
}

function isJobToken(world: World, token: string): boolean {
  return token.startsWith('glcbt-') || world.jobOfToken(token) !== undefined
}

function personalCaller(world: World, request: ApiRequest, given: string): Caller {
  const found = world.personalToken(given)
  if (!found) throw because('this is the access token of nobody in this world', unauthorized())
  const {user, token} = found
  if (token.revoked) throw invalidToken('Token was revoked. You have to re-authorize from the user.')
  if (token.expired) throw invalidToken('Token is expired. You can either do re-authorization or token refresh.')
  const needed = request.method === 'GET' || request.method === 'HEAD' ? ['api', 'read_api'] : ['api']
  if (!needed.some((scope) => (token.scopes ?? ['api']).includes(scope))) {
    const text = 'The request requires higher privileges than provided by the access token.'
    const why = `the token has the scope ${(token.scopes ?? ['api']).join(', ')}; this takes ${needed.join(' or ')}`
    throw because(why, error(403, 'insufficient_scope', {error_description: text, scope: needed.join(' ')}))
  }
  return {kind: 'user', user}
}

const invalidToken = (text: string) => error(401, 'invalid_token', {error_description: text})

export function header(request: ApiRequest, name: string): string | undefined {
  const value = request.headers[name]
  return text(Array.isArray(value) ? value[0] : value)
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}
