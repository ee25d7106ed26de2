/**
 * Thousands of waiters against a model server on a virtual clock. `--short` runs a tenth of them.
 * Run with: npm run bench -- waiters [--full]
 */
import {fixedLoop, glab, jobside, waitOnCheck, type Contender} from './waiters/contenders.ts'
import type {JobKind, Outage} from './waiters/model.ts'
import {simulate, type Measured, type Scenario} from './waiters/simulate.ts'

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
