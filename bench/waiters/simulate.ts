import type {Contender, Waiter} from './contenders.ts'
import {
  createChance,
  createServer,
  makeJob,
  type JobKind,
  type ModelJob,
  type ModelServer,
  type Outage,
} from './model.ts'

export interface Scenario {
  readonly title: string
  readonly waiters: number
  readonly jobsEach: number
  /** How many users the waiters are spread over: the limit counts by user. */
  readonly users: number
  readonly limitPerMinute: number
  readonly kind: JobKind
  /** The waiters begin within this time. */
  readonly arrivalMs: number
  readonly outages: readonly Outage[]
}

export interface Measured {
  readonly requests: number
  readonly medianDelay: number
  readonly slowDelay: number
  readonly throttled: number
  /** Waits that ended in an error or called a job failed that GitLab had retried. */
  readonly wrong: number
  /** The busiest second of the minute after the first outage, against the mean of the two minutes before it. */
  readonly peakRatio: number | undefined
  /** Requests by the second in which they came. */
  readonly perSecond: ReadonlyMap<number, number>
}

/** Lets all waiters of a scenario run to their ends, on a clock that jumps from event to event. */
export function simulate(scenario: Scenario, contender: Contender): Measured {
  const chance = createChance(42)
  const server = createServer(scenario.limitPerMinute, scenario.outages)
  const waiting = Array.from({length: scenario.waiters}, (_, index) => {
    const startMs = scenario.arrivalMs * chance()
    const jobs = Array.from({length: scenario.jobsEach}, (_, number) =>
      makeJob(`job ${number}`, index * 1_000 + number * 10, startMs, scenario.kind, chance),
    )
    const user = index % scenario.users
    return {startMs, endMs: endOf(jobs), wait: contender.create({jobs, user, server, chance, startMs})}
  })
  const {delays, wrong} = run(waiting)
  const sorted = delays.sort((a, b) => a - b)
  const all = [...server.perSecond.values()].reduce((sum, count) => sum + count, 0)
  return {
    requests: all / scenario.waiters,
    medianDelay: (sorted[Math.floor(sorted.length / 2)] ?? Number.NaN) / 1000,
    slowDelay: (sorted[Math.floor(sorted.length * 0.95)] ?? Number.NaN) / 1000,
    throttled: server.throttled(),
    wrong,
    perSecond: server.perSecond,
    peakRatio: scenario.outages[0] && peakRatio(server, scenario.outages[0]),
  }
}

interface Waiting {
  readonly startMs: number
  readonly endMs: number
  readonly wait: Waiter
}

function run(waiting: readonly Waiting[]): {delays: number[]; wrong: number} {
  const queue = createQueue(waiting.map((one) => ({atMs: one.startMs, one})))
  const delays: number[] = []
  let wrong = 0
  for (let next = queue.take(); next; next = queue.take()) {
    const {atMs, one} = next
    const move = one.wait(atMs)
    if ('pauseMs' in move) queue.put({atMs: atMs + move.pauseMs, one})
    else if (move.verdict === 'good') delays.push(atMs - one.endMs)
    else wrong++
  }
  return {delays, wrong}
}

function peakRatio({perSecond}: ModelServer, {fromMs, toMs}: Outage): number {
  const from = fromMs / 1000
  const to = toMs / 1000
  const before = Array.from({length: 120}, (_, index) => perSecond.get(from - 120 + index) ?? 0)
  const after = Array.from({length: 60}, (_, index) => perSecond.get(to + index) ?? 0)
  return Math.max(...after) / (before.reduce((sum, count) => sum + count, 0) / before.length)
}

function endOf(jobs: readonly ModelJob[]): number {
  return Math.max(...jobs.map(({runs}) => runs.at(-1)?.endMs ?? 0))
}

interface Event {
  readonly atMs: number
  readonly one: Waiting
}

/** A binary heap, earliest first. */
function createQueue(events: Event[]) {
  const heap: Event[] = []
  const at = (index: number): number => heap[index]?.atMs ?? Number.POSITIVE_INFINITY
  const swap = (a: number, b: number): void => {
    ;[heap[a], heap[b]] = [heap[b] as Event, heap[a] as Event]
  }
  const queue = {
    put(event: Event): void {
      heap.push(event)
      for (let index = heap.length - 1; index > 0;) {
        const parent = (index - 1) >> 1
        if (at(parent) <= at(index)) return
        swap(parent, index)
        index = parent
      }
    },
    take(): Event | undefined {
      if (heap.length === 0) return undefined
      swap(0, heap.length - 1)
      const first = heap.pop()
      for (let index = 0; ;) {
        const child = at(2 * index + 1) <= at(2 * index + 2) ? 2 * index + 1 : 2 * index + 2
        if (at(child) >= at(index)) return first
        swap(child, index)
        index = child
      }
    },
  }
  for (const event of events) queue.put(event)
  return queue
}
