import type {Answer} from './answers.ts'
import type {Params} from './params.ts'
import type {Job, User} from '../world/model.ts'
import type {Feature} from '../world/versions.ts'
import type {World} from '../world/world.ts'

/** Who asks. With a job token it is the person who caused the job, within the bounds of the token. */
export type Caller =
  | {readonly kind: 'anonymous'}
  | {readonly kind: 'user'; readonly user: User}
  | {readonly kind: 'job'; readonly user: User; readonly job: Job}

export type Policy = 'read_jobs' | 'read_pipelines' | 'read_packages' | 'admin_packages'

/** One route of the API, as a value: which requests it takes, what it demands of them, and how it answers. */
export interface Route {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  /** `:name` is one segment, `:name+` one or more. */
  readonly path: string
  /** The version that brought the route; before it, the path means whatever comes next in the table. */
  readonly since?: Feature
  /** Whether a job token is looked at; a feature: since that version. Elsewhere it is ignored. */
  readonly jobToken?: true | Feature
  /** What a fine-grained allowlist must grant. */
  readonly policy?: Policy
  /** On public projects whose features are for everyone, the policy is not asked for. */
  readonly openToPublic?: true
  /** Whether an anonymous caller is turned away at the door; ignored: the route has its own way to know its caller. */
  readonly login: 'required' | 'optional' | 'ignored'
  readonly params?: Readonly<Record<string, ParamSpec>>
  /** List routes may be paged. */
  readonly isList?: true
  readonly handle: (call: Call) => Answer | Promise<Answer>
}

export interface ParamSpec {
  readonly type: 'string' | 'integer' | 'boolean' | 'scope' | 'object' | 'variables' | 'pipelineVariables'
  readonly required?: true
  /** All that a text may be. */
  readonly values?: readonly string[]
  /** A blank value is refused by name. */
  readonly notBlank?: true
  readonly default?: unknown
  readonly min?: number
  readonly max?: number
  /** Before this version the parameter is not declared, and so ignored. */
  readonly since?: Feature
}

export interface ApiRequest {
  readonly method: string
  /** Below `/api/v4`, still percent-encoded. */
  readonly path: string
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  /** Query and body together. */
  readonly params: Params
  /** As it came. */
  readonly body?: Buffer
}

/** Switches that a fault rule sets for one request. */
export interface Tricks {
  readonly etag?: 'strong' | 'weak' | 'none' | undefined
  readonly isReplaced?: boolean | undefined
  readonly isExpired?: boolean | undefined
}

/** One request on its way through a route. */
export interface Call {
  readonly world: World
  readonly route: Route
  readonly request: ApiRequest
  readonly caller: Caller
  /** Checked and converted; undeclared ones as they came. */
  readonly params: Params
  /** The same before conversion, with path parameters and defaults: what Link headers repeat. */
  readonly echoed: Params
  readonly tricks: Tricks
  /** Base of signed URLs. */
  readonly storageUrl: string
}

interface Match {
  readonly route: Route
  readonly captured: Readonly<Record<string, string>>
}

export type Matcher = (
  method: string,
  path: string,
  isThere: (feature: Feature) => boolean,
) => Match | 'method' | undefined

/** The first route of the table that takes a request; `method` when only the method is wrong. */
export function createMatcher(routes: readonly Route[]): Matcher {
  const table = routes.map((route) => ({route, ...compile(route.path)}))
  return (method, path, isThere) => {
    let isPathKnown = false
    for (const {route, pattern, names} of table) {
      const found = pattern.exec(path)
      if (!found || (route.since !== undefined && !isThere(route.since))) continue
      isPathKnown = true
      if (route.method !== (method === 'HEAD' ? 'GET' : method)) continue
      return {route, captured: Object.fromEntries(names.map((name, index) => [name, found[index + 1] ?? '']))}
    }
    return isPathKnown ? 'method' : undefined
  }
}

function compile(path: string): {readonly pattern: RegExp; readonly names: readonly string[]} {
  const names: string[] = []
  const source = path.replace(/:(\w+)(\+?)/g, (_, name: string, plus: string) => {
    names.push(name)
    return plus === '' ? '([^/]+)' : '(.+)'
  })
  return {pattern: new RegExp(`^${source}$`), names}
}
