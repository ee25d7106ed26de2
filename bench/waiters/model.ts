import type {AnyJob} from '../../src/gitlab/api/types.ts'

/** A deterministic source of chance, so that two runs print the same numbers. */
export type Chance = () => number

/** mulberry32 */
export function createChance(seed: number): Chance {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** One attempt of a job. Times in milliseconds. */
interface Run {
  readonly id: number
  readonly startMs: number
  readonly endMs: number
  readonly end: 'success' | 'failed'
}

export interface ModelJob {
  readonly name: string
  /** Sorted by start; each begins where GitLab retried the one before. */
  readonly runs: readonly Run[]
  /** Seconds that earlier successful runs took. */
  readonly history: readonly number[]
}

export interface JobKind {
  readonly medianSeconds: number
  /** Standard deviation of the logarithm of the duration: 0.1 is a steady job. */
  readonly sigma: number
  readonly queueSeconds: number
  /** The chance that a run fails and is retried 3 seconds later. */
  readonly flaky: number
}

export function makeJob(name: string, id: number, startMs: number, kind: JobKind, chance: Chance): ModelJob {
  const seconds = (): number => kind.medianSeconds * Math.exp(kind.sigma * normal(chance))
  const history = Array.from({length: 10}, seconds)
  const runs: Run[] = []
  let bornMs = startMs
  for (let attempt = 0; ; attempt++) {
    const beginMs = bornMs + kind.queueSeconds * 1000 * 2 * chance()
    const endMs = beginMs + seconds() * 1000
    const end = attempt < 2 && chance() < kind.flaky ? 'failed' : 'success'
    runs.push({id: id + attempt, startMs: beginMs, endMs, end})
    if (end === 'success') return {name, runs, history}
    bornMs = endMs + 3_000
  }
}

/** The newest attempt as the job list shows it. */
export function jobAt({name, runs}: ModelJob, nowMs: number): AnyJob {
  const known = runs.filter((_, index) => index === 0 || nowMs >= (runs[index - 1]?.endMs ?? 0) + 3_000)
  const run = known.at(-1) ?? runs[0]
  if (!run) throw new Error('a job has at least one run')
  const status = nowMs < run.startMs ? 'pending' : nowMs < run.endMs ? 'running' : run.end
  return {
    id: run.id,
    name,
    stage: 'test',
    status,
    ref: 'main',
    tag: false,
    allow_failure: false,
    created_at: '2026-01-01T00:00:00Z',
    started_at: null,
    finished_at: null,
    duration: status === 'pending' ? null : (Math.min(nowMs, run.endMs) - run.startMs) / 1000,
    web_url: '',
    pipeline: {id: 1, project_id: 1, ref: 'main', sha: 'a'.repeat(40), status: 'running'},
  }
}

export interface Outage {
  readonly fromMs: number
  readonly toMs: number
}

export interface ModelServer {
  ask(user: number, nowMs: number): 200 | 429 | 503
  /** Every request by the second it came in. */
  readonly perSecond: ReadonlyMap<number, number>
  readonly throttled: () => number
}

/** Answers within the limit of each user and minute, and not at all while it restarts. */
export function createServer(limitPerMinute: number, outages: readonly Outage[]): ModelServer {
  const perSecond = new Map<number, number>()
  const windows = new Map<string, number>()
  let throttled = 0
  return {
    perSecond,
    throttled: () => throttled,
    ask(user, nowMs) {
      const second = Math.floor(nowMs / 1000)
      perSecond.set(second, (perSecond.get(second) ?? 0) + 1)
      if (outages.some(({fromMs, toMs}) => nowMs >= fromMs && nowMs < toMs)) return 503
      const window = `${user}/${Math.floor(nowMs / 60_000)}`
      const count = (windows.get(window) ?? 0) + 1
      windows.set(window, count)
      if (count <= limitPerMinute) return 200
      throttled++
      return 429
    },
  }
}

function normal(chance: Chance): number {
  return Math.sqrt(-2 * Math.log(1 - chance())) * Math.cos(2 * Math.PI * chance())
}
