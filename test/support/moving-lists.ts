import * as fc from 'fast-check'
import {createClient} from '../../src/gitlab/http/client.ts'
import type {GitLab} from '../../src/gitlab/http/client.ts'
import type {HopAnswer, Transport} from '../../src/gitlab/http/transport.ts'
import type {Clock} from '../../src/base/clock.ts'
import {connectionFor} from './gitlab-client.ts'
import {jobOf} from './sequence.ts'

/** One attempt of a job of pipeline 1, as it is now. */
interface Attempt {
  readonly id: number
  readonly name: string
  status: string
  isRetried: boolean
}

/** What happens to the list between two answers. `at` picks the attempt, counted from the newest. */
interface Move {
  readonly kind: 'add' | 'retry' | 'delete' | 'change'
  readonly at: number
  readonly status: string
}

export interface MovingWorld {
  /** Statuses of the jobs at the beginning, the oldest first. */
  readonly begin: readonly string[]
  /** What happens after each answer; nothing once they are used up. */
  readonly moves: readonly (readonly Move[])[]
  /** How many the server gives on a page, whatever is asked. */
  readonly perPage: number
  /** Whether the list of the project knows keyset paging, as GitLab does since 15.9. */
  readonly hasKeyset: boolean
  readonly tellsTotal: boolean
}

const statuses = fc.constantFrom('success', 'success', 'success', 'failed', 'running')

const move: fc.Arbitrary<Move> = fc.record({
  kind: fc.constantFrom<Move['kind']>('add', 'retry', 'retry', 'delete', 'delete', 'change', 'change'),
  at: fc.nat({max: 8}),
  status: statuses,
})

export const movingWorlds: fc.Arbitrary<MovingWorld> = fc.record({
  begin: fc.array(statuses, {minLength: 1, maxLength: 8}),
  moves: fc.array(fc.array(move, {maxLength: 3}), {maxLength: 12}),
  perPage: fc.integer({min: 1, max: 4}),
  hasKeyset: fc.boolean(),
  tellsTotal: fc.boolean(),
})

export interface MovingGitLab {
  readonly gitlab: GitLab
  /** From now on, what all answers have had in common is gathered anew. */
  begin(): void
  /** The attempts that the list held at every moment since, each with the statuses it had then. */
  stayed(): readonly {readonly id: number; readonly name: string; readonly statuses: ReadonlySet<string>}[]
}

/** The real client of a GitLab whose lists move under the reader: something happens after each answer. */
export async function serveMoving(world: MovingWorld, clock: Clock): Promise<MovingGitLab> {
  let nextId = 100
  const born = (name: string, status: string): Attempt => ({id: nextId++, name, status, isRetried: false})
  let all = world.begin.map((status, index) => born(`job ${index}`, status))
  const newest = (): Attempt[] => all.filter(({isRetried}) => !isRetried).toReversed()
  let stayed = new Map<number, {id: number; name: string; statuses: Set<string>}>()

  const begin = (): void =>
    void (stayed = new Map(newest().map(({id, name, status}) => [id, {id, name, statuses: new Set([status])}])))
  const look = (): void => {
    const now = new Map(newest().map((attempt) => [attempt.id, attempt]))
    for (const [id, {statuses}] of stayed) {
      const attempt = now.get(id)
      if (attempt) statuses.add(attempt.status)
      else stayed.delete(id)
    }
  }
  const happen = ({kind, at, status}: Move): void => {
    const list = newest()
    const attempt = list[at % Math.max(1, list.length)]
    if (kind === 'add') all.push(born(`job ${nextId}`, status))
    // An empty list says something else: that nothing can be seen.
    else if (kind === 'delete') all = list.length > 1 ? all.filter((other) => other !== attempt) : all
    // What has ended stays as it is, and can be retried.
    else if (attempt && kind === 'retry' && attempt.status !== 'running') {
      attempt.isRetried = true
      all.push(born(attempt.name, status))
    } else if (attempt && kind === 'change' && attempt.status === 'running') attempt.status = status
    look()
  }
  let answers = 0
  const transport: Transport = {
    close: async () => {},
    async send({url}) {
      const {pathname} = url
      const isOfProject = pathname.endsWith('/projects/1/jobs')
      if (pathname.endsWith('/bridges') || pathname.endsWith('/trigger_jobs')) return json([], {})
      if (!isOfProject && !pathname.endsWith('/pipelines/1/jobs')) return json({message: '404 Not found'}, {}, 404)
      const answer = pageOf(isOfProject ? all.toReversed() : newest(), url, world, isOfProject)
      world.moves[answers++]?.forEach(happen)
      return answer
    },
  }
  const connection = await connectionFor('http://127.0.0.1/api/v4', {
    project: '1',
    jobToken: undefined,
    token: 'glpat-1',
  })
  const log = {debug() {}, info() {}, warn() {}}
  const gitlab = createClient({connection, transport, clock, log, signal: new AbortController().signal})
  begin()
  return {gitlab, begin, stayed: () => [...stayed.values()]}
}

function pageOf(list: readonly Attempt[], url: URL, world: MovingWorld, isOfProject: boolean): HopAnswer {
  const {perPage, hasKeyset, tellsTotal} = world
  const query = url.searchParams
  const wanted = query.getAll('scope[]')
  const scoped = wanted.length === 0 ? list : list.filter(({status}) => wanted.includes(status))
  const shown = (attempts: readonly Attempt[]) => attempts.map(({id, name, status}) => jobOf({id, name, status}))
  if (isOfProject && hasKeyset && query.get('pagination') === 'keyset') {
    const cursor = Number(query.get('cursor') ?? Infinity)
    const left = scoped.filter(({id}) => id < cursor)
    const page = left.slice(0, perPage)
    const link = left.length > perPage ? {link: `<http://x/?cursor=${page.at(-1)?.id}>; rel="next"`} : {}
    return json(shown(page), link)
  }
  const number = Number(query.get('page') ?? 1)
  const end = number * perPage
  return json(shown(scoped.slice(end - perPage, end)), {
    'x-next-page': end < scoped.length ? String(number + 1) : '',
    ...(tellsTotal && !isOfProject ? {'x-total': String(scoped.length)} : {}),
  })
}

function json(value: unknown, headers: Readonly<Record<string, string>>, status = 200): HopAnswer {
  const body = Buffer.from(JSON.stringify(value))
  return {
    status,
    headers: {'content-type': 'application/json', 'content-length': String(body.length), ...headers},
    body: (async function* () {
      yield body
    })(),
    discard() {},
  }
}
