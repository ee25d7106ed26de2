import type {ChildProcess} from 'node:child_process'
import {readFileSync, rmSync} from 'node:fs'
import {join} from 'node:path'
import {afterAll, afterEach, beforeAll, describe, expect} from '@jest/globals'
import {appWorld} from '../support/app-world.ts'
import {treeOf, treeOfFiles} from '../support/bundle-scene.ts'
import type {BundleRun} from '../support/bundles.ts'
import {addresses, missingNamespaces, missingRandomLoss, openNetwork, type Network} from '../support/namespaces.ts'
import {testUnless} from '../support/optional.ts'

/**
 * Packets that are really lost: client, router and server are network namespaces, and the router drops without a word. Nothing else
 * shows a connection that is half open, a lost SYN or a dead address family as a kernel shows them.
 */
const isLong = process.env['JOBSIDE_LONG'] === '1'
const missing = missingNamespaces()
const lossMissing = missing ?? missingRandomLoss()
const both = [addresses.six, addresses.four] as const

/** About 100 KB packed: many packets. */
const files = {
  'data.txt': Array.from({length: 20_000}, (_, index) => `${(index * 2_654_435_761) % 4_294_967_296}\n`).join(''),
}
const runs = (seconds: number) => [
  {after: '100ms', status: 'running'},
  {after: `${seconds}s`, status: 'success'},
]
const built = (id: number) => ({id, name: 'build', status: 'success', artifacts: {files}})
const world = appWorld({
  jobs: [
    {id: 110, name: 'short', status: 'manual', user: 'dev', timeline: runs(3)},
    {id: 111, name: 'long', status: 'manual', user: 'dev', timeline: runs(200)},
  ],
  pipelines: [
    {id: 21, ref: 'main', user: 'dev', jobs: [built(201)]},
    {id: 22, ref: 'slow', user: 'dev', jobs: [built(202)]},
  ],
})
const faults = [{on: 'GET /projects/*/jobs/artifacts/slow/download', drip: {bytes_per_second: 120_000}}]

let net: Network
beforeAll(async () => {
  if (missing === undefined) net = await openNetwork(world, faults)
})
afterEach(() => {
  if (missing !== undefined) return
  net.heal()
  rmSync(join(net.folder, 'out'), {recursive: true, force: true})
})
afterAll(() => net?.close())

const pull = (ref: string) => ['--ref', ref, '--job', 'build', '--path', 'out']
const outcome = ({code, stdout, stderr}: BundleRun) => ({code, said: stdout + stderr})
const isFine = {code: 0, said: expect.not.stringMatching(/[Tt]rying again/)}

/** The quickest of three runs: a busy machine makes one slow, a wrong client all. */
async function quickestSeconds(to: readonly string[]): Promise<number> {
  let quickest = Infinity
  for (let left = 3; left > 0 && quickest >= 3; left -= 1) {
    const started = performance.now()
    expect(outcome(await net.run('list-jobs', ['--attempts', '1'], {to}))).toEqual(isFine)
    quickest = Math.min(quickest, (performance.now() - started) / 1_000)
  }
  return quickest
}

describe('a name with two addresses is reached within three seconds by one try', () => {
  testUnless(missing)(
    'F06 whose IPv6 is dead',
    async () => {
      net.lose(addresses.six)
      expect(await quickestSeconds(both)).toBeLessThan(3)
    },
    60_000,
  )

  testUnless(missing)(
    'F06 whose IPv4 is dead',
    async () => {
      net.lose(addresses.four)
      expect(await quickestSeconds(both)).toBeLessThan(3)
    },
    60_000,
  )

  for (const lost of ['four', 'otherFour'] as const) {
    testUnless(missing)(
      `F07 of one family, all sent to one of them lost: ${lost}`,
      async () => {
        net.lose(addresses[lost])
        expect(await quickestSeconds([addresses.four, addresses.otherFour])).toBeLessThan(3)
      },
      60_000,
    )
  }
})

testUnless(missing)(
  'F07 a first SYN that is lost is sent again by the kernel, within one try',
  async () => {
    net.lose(addresses.four)
    const dials = watchDials()
    const during = (child: ChildProcess): void => dials.of(child, () => net.heal())
    const run = await net.run('list-jobs', ['--attempts', '1'], {to: [addresses.four], during})
    expect({dials: dials.count(), ...outcome(run)}).toEqual({dials: 1, ...isFine})
  },
  60_000,
)

/** Notices when a child begins a connection that nobody answers: its namespace then has one in the state SYN_SENT. */
function watchDials() {
  let count = 0
  return {
    count: () => count,
    of(child: ChildProcess, onDial: () => void): void {
      let isDialing = false
      const timer = setInterval(() => {
        const isNow = hasSynSent(child.pid)
        if (isNow && !isDialing) {
          count += 1
          onDial()
        }
        isDialing = isNow
      }, 10)
      child.once('exit', () => clearInterval(timer))
    },
  }
}

function hasSynSent(pid: number | undefined): boolean {
  try {
    return /^ +\d+: \S+ \S+ 02 /m.test(readFileSync(`/proc/${pid}/net/tcp`, 'latin1'))
  } catch {
    return false
  }
}

testUnless(missing)(
  'F20 an archive over a link of 512 kbit/s is let be as long as it moves',
  async () => {
    net.slowDown(512)
    const run = await net.run('download-artifacts-by-ref', [...pull('main'), '--request-timeout', '1s'], {to: both})
    expect(outcome(run)).toEqual(isFine)
    expect(treeOf(join(net.folder, 'out'))).toEqual(treeOfFiles(files))
  },
  60_000,
)

describe('F21 a connection that is half open in the middle of a body', () => {
  const limits: readonly (readonly [seconds: number, flags: readonly string[]])[] = [
    [1, ['--request-timeout', '1s']],
    ...(isLong ? [[30, []] as const] : []),
  ]
  for (const [seconds, flags] of limits) {
    testUnless(missing)(
      `is left for a new one within the limit of ${seconds} s, and no byte is lost`,
      async () => {
        const dials = watchDials()
        let [lostAt, leftAfter] = [0, 0]
        const lose = async (): Promise<void> => {
          await net.sent(30_000)
          lostAt = performance.now()
          net.lose(addresses.four, '10.77.0.2')
        }
        void lose()
        const during = (child: ChildProcess): void =>
          dials.of(child, () => {
            // The first connection of all can be caught while it is made, too.
            if (lostAt === 0 || leftAfter > 0) return
            leftAfter = (performance.now() - lostAt) / 1_000
            net.heal()
          })
        const argv = [...pull('slow'), ...flags]
        const run = await net.run('download-artifacts-by-ref', argv, {to: [addresses.four], during})
        expect(outcome(run)).toMatchObject({code: 0})
        expect(treeOf(join(net.folder, 'out'))).toEqual(treeOfFiles(files))
        expect(leftAfter).toBeGreaterThan(seconds / 2)
        expect(leftAfter).toBeLessThan(seconds + 5)
      },
      120_000,
    )
  }
})

testUnless(lossMissing)(
  'F22 one packet in ten lost, both ways: all is as without',
  async () => {
    net.loseAtRandom(10)
    const to = {to: both}
    const ended = await Promise.all([
      net.run('download-artifacts-by-ref', pull('main'), to),
      net.run('wait-for-job', ['--ref', 'slow', '--job', 'build'], to),
      net.run('list-jobs', [], to),
      net.run('fetch-self', [], to),
    ])
    expect(ended.map(({code}) => code)).toEqual([0, 0, 0, 0])
    expect(treeOf(join(net.folder, 'out'))).toEqual(treeOfFiles(files))
  },
  120_000,
)

describe('F23 a wait that is cut off', () => {
  const short = ['short', 4, ['--interval', '1s', '--max-interval', '1s', '--request-timeout', '1s']] as const
  const cuts: readonly (readonly [job: string, seconds: number, flags: readonly string[]])[] = isLong
    ? [short, ['long', 180, []]]
    : [short]
  for (const [job, seconds, flags] of cuts) {
    testUnless(missing)(
      `for ${seconds} s goes on, with at most a line a minute`,
      async () => {
        const dials = watchDials()
        let isCut = false
        const during = (child: ChildProcess): void => {
          dials.of(child, () => undefined)
          child.stdout?.on('data', (chunk: Buffer) => {
            if (isCut || !chunk.toString().includes('→ running')) return
            isCut = true
            net.lose(addresses.four, '10.77.0.2')
            setTimeout(() => net.heal(), seconds * 1_000)
          })
        }
        const argv = ['--job', job, '--on-manual', 'play', ...flags]
        const run = await net.run('wait-for-job', argv, {
          to: [addresses.four],
          env: {GITLAB_TOKEN: 'glpat-dev'},
          during,
        })
        expect({isCut, ...outcome(run)}).toMatchObject({isCut: true, code: 0})
        expect(dials.count()).toBeGreaterThan(0)
        const complaints = outcome(run).said.match(/in time|stopped coming|cannot be reached/g) ?? []
        expect(complaints.length).toBeLessThanOrEqual(Math.ceil(seconds / 60))
      },
      300_000,
    )
  }
})
