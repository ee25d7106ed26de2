import {createClock} from '../world/clock.ts'
import {changeJob, type JobChange} from '../http/job-change.ts'
import type {Job} from '../world/model.ts'
import {duration} from '../world/duration.ts'
import {jobEnvironment, serverVariables} from '../world/environment.ts'
import type {RequestRecord} from '../world/record.ts'
import {listen} from '../http/server.ts'
import {answerApi} from '../routes/api.ts'
import {servePage} from '../page/page.ts'
import {defaultVersion} from '../world/versions.ts'
import {buildWorld} from '../world/world-build.ts'
import {dumpWorld, type WorldDump} from '../world/world-dump.ts'
import type {FaultRule, WorldFile} from '../world/world-types.ts'
import type {StorageMode, World} from '../world/world.ts'

export interface SandboxOptions {
  /** 0 takes a free one. */
  readonly port?: number | undefined
  readonly version?: string | undefined
  readonly storage?: StorageMode | undefined
  readonly clock?: 'real' | 'manual' | undefined
  /** Sandbox seconds a real second. */
  readonly speed?: number | undefined
  /** Added before the world's own. */
  readonly faults?: readonly FaultRule[] | undefined
  /** Requests a minute and user on the project's job list; 0 is no limit. */
  readonly rateLimit?: number | undefined
  /** Base of Link headers and web URLs; absent: the world's, else the address listened on. */
  readonly externalUrl?: string | undefined
  /** Where relative paths of the world begin. */
  readonly folder?: string | undefined
  /** Called after each answer. */
  readonly onRequest?: ((entry: RequestRecord) => void) | undefined
}

/** A sandbox that is listening. */
export interface Sandbox {
  readonly url: string
  readonly api: string
  readonly storage: string
  readonly admin: string
  /** What the world's own job would find in its environment. */
  readonly env: Readonly<Record<string, string>>
  requests(): readonly RequestRecord[]
  clearRequests(): void
  /** Moves the clock by a duration such as "10s", timelines with it. */
  advance(by: string): void
  /** Throws when the job cannot move there. */
  patchJob(id: number, change: JobChange): void
  setFaults(rules: readonly FaultRule[]): void
  /** The world as it is now, as `GET /-/sandbox/world` shows it. */
  world(): WorldDump
  close(): Promise<void>
}

const defaultRateLimit = 600

/** Builds a checked world and serves it on loopback. Rejects when the port is taken. */
export async function createSandbox(file: WorldFile, options: SandboxOptions = {}): Promise<Sandbox> {
  const clock = createClock({kind: options.clock ?? 'real', speed: options.speed ?? 1})
  const settings = {
    version: options.version ?? file.gitlab?.version ?? defaultVersion,
    edition: file.gitlab?.edition ?? 'ee',
    licence: file.gitlab?.licence ?? 'premium',
    storage: options.storage ?? 'disk',
    rateLimit: options.rateLimit ?? defaultRateLimit,
    externalUrl: options.externalUrl ?? file.gitlab?.external_url ?? '',
  }
  const world = buildWorld(file, clock, settings, options.folder ?? process.cwd())
  world.setFaults([...(options.faults ?? []), ...(file.faults ?? [])])
  const servers = await listen(world, answerApi, servePage, options.port ?? 0, options.onRequest)
  const {url, storage} = servers
  if (settings.externalUrl === '') world.settings = {...settings, externalUrl: url}
  return {
    url,
    api: `${url}/api/v4`,
    storage,
    admin: `${url}/-/sandbox`,
    env: environment(world, url),
    requests: () => [...world.requests],
    clearRequests: () => void (world.requests.length = 0),
    advance: (by) => clock.advance(duration(by)),
    patchJob(id, change) {
      clock.settle()
      world.revision++
      const job = world.job(id) ?? world.bridge(id)
      const problem = job ? changeJob(world, job, change) : `There is no job ${id} in this world`
      if (problem !== undefined) throw new Error(problem)
    },
    setFaults: (rules) => world.setFaults(rules),
    world() {
      clock.settle()
      return dumpWorld(world)
    },
    close: async () => servers.close(),
  }
}

function environment(world: World, url: string): Readonly<Record<string, string>> {
  const {self} = world
  const token = personalToken(world, self)
  return {
    ...(self ? jobEnvironment(world, self, url, Date.now()) : serverVariables(world, url)),
    ...(token !== undefined && {GITLAB_TOKEN: token}),
  }
}

/** A token that works, of the job's own user if there is one. */
function personalToken(world: World, self: Job | null): string | undefined {
  const users = [...world.users].sort((a, b) => Number(b === self?.user) - Number(a === self?.user))
  return users
    .flatMap(({tokens}) => tokens)
    .find(({scopes = ['api'], expired, revoked}) => scopes.includes('api') && !expired && !revoked)?.token
}
