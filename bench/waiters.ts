import {
  createChance,
  createServer,
  makeJob,
  type JobKind,
  type ModelJob,
  type ModelServer,
  type Outage,
} from './waiters/model.ts'
import {fixedLoop, glab, jobside, waitOnCheck, type Contender, type Waiter} from './waiters/contenders.ts'

/**
 * Thousands of waiters against a model server on a virtual clock. `--short` runs a tenth of them.
 * Run with: npx tsc -p bench && node build/bench/waiters.js
 */
interface Scenario {
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

interface Measured {
  readonly requests: number
  readonly medianDelay: number
  readonly slowDelay: number
  readonly throttled: number
  /** Waits that ended in an error or called a job failed that GitLab had retried. */
  readonly wrong: number
  readonly peakRatio: number | undefined
}

const isShort = process.argv.includes('--short')
const scale = isShort ? 0.1 : 1
const steady: JobKind = {medianSeconds: 600, sigma: 0.1, queueSeconds: 20, flaky: 0}
const flaky: JobKind = {...steady, flaky: 0.1}
const restart: Outage = {fromMs: 1_500_000, toMs: 1_620_000}

const base: Scenario = {
  title: '',
  waiters: Math.round(1_000 * scale),
  jobsEach: 1,
  users: Math.round(20 * scale),
  limitPerMinute: 600,
  kind: steady,
  arrivalMs: 60_000,
  outages: [],
}

const scenarios: readonly (Scenario & {readonly contenders: readonly Contender[]})[] = [
  {
    ...base,
    title: 'one 10-minute job each',
    contenders: [jobside(), jobside({}, false), fixedLoop(10), glab, waitOnCheck],
  },
  {
    ...base,
    title: 'one 10-minute job each, one in ten runs fails and is retried by GitLab',
    kind: flaky,
    contenders: [jobside(), fixedLoop(10), glab, waitOnCheck],
  },
  {
    ...base,
    title: 'jobs of 10 minutes begun at any time, through a restart of GitLab of 120 seconds',
    // So that as many waits begin as end, and the rate before the restart is a steady one.
    arrivalMs: 2_400_000,
    outages: [restart],
    contenders: [jobside(), jobside({}, false), fixedLoop(10), glab, waitOnCheck],
  },
  {
    ...base,
    title: '20 jobs awaited at once by each of 50',
    waiters: 50,
    jobsEach: 20,
    users: 10,
    // Wide enough that one request for each job is not refused.
    limitPerMinute: 6_000,
    contenders: [jobside(), fixedLoop(10), glab, waitOnCheck],
  },
  {
    ...base,
    title: 'all waiters of one user, limit 600 a minute',
    users: 1,
    limitPerMinute: 600 * scale,
    contenders: [jobside(), fixedLoop(10), glab, waitOnCheck],
  },
]

for (const {contenders, ...scenario} of scenarios) print(scenario, contenders)
printEqualRequests()

function print(scenario: Scenario, contenders: readonly Contender[]): void {
  console.log(`\n${scenario.title} (${scenario.waiters} waiters, ${scenario.users} users)`)
  console.log(row('', ['requests/wait', 'median delay', '95th', '429s', 'wrong', 'peak/steady']))
  for (const contender of contenders) console.log(row(contender.name, cells(simulate(scenario, contender))))
}

/** The fixed loop slowed down until it asks as often as we do: what does it notice when? */
function printEqualRequests(): void {
  const scenario: Scenario = {...base, title: 'at equal requests'}
  const ours = simulate(scenario, jobside())
  let seconds = 10
  for (let round = 0; round < 8; round++) seconds *= simulate(scenario, fixedLoop(seconds)).requests / ours.requests
  const loop = simulate(scenario, fixedLoop(seconds))
  console.log(`\nat equal requests: the fixed loop every ${seconds.toFixed(1)}s`)
  console.log(row('jobside', cells(ours)))
  console.log(row('fixed loop', cells(loop)))
  console.log(`median delay: ${(ours.medianDelay / loop.medianDelay).toFixed(2)} of the fixed loop's`)
}

function simulate(scenario: Scenario, contender: Contender): Measured {
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

/** The busiest second of the minute after the outage, against the mean of the two minutes before it. */
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

function cells({requests, medianDelay, slowDelay, throttled, wrong, peakRatio}: Measured): readonly string[] {
  const seconds = (value: number): string => (Number.isNaN(value) ? '-' : `${value.toFixed(1)}s`)
  return [
    requests.toFixed(1),
    seconds(medianDelay),
    seconds(slowDelay),
    String(throttled),
    String(wrong),
    peakRatio === undefined ? '' : peakRatio.toFixed(2),
  ]
}

function row(name: string, values: readonly string[]): string {
  return name.padEnd(24) + values.map((value) => value.padStart(15)).join('')
}
