import {mkdtempSync, rmSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, afterEach, beforeAll, describe, expect, test} from '@jest/globals'
import {askLooks, type Waiting} from '../support/ask-looks.ts'
import {oneOfEach} from '../support/optional.ts'
import type {Look} from '../support/sequence.ts'
import {closeServers} from '../support/servers.ts'

/** The built command that waits, with clocks that run fast: minutes of outages and of statuses pass in a second. */
let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'jobside-waits-'))
})
afterEach(closeServers)
afterAll(() => rmSync(folder, {recursive: true, force: true}))

const wait = (looks: readonly Look[], waiting: Waiting) => askLooks(folder, looks, waiting)
const running = [{status: 'running'}]
const done = [{status: 'success'}]
const times = (count: number, look: Look): readonly Look[] => Array.from({length: count}, () => look)

describe('a wait goes on', () => {
  test.each(
    oneOfEach<[string, readonly Look[], Waiting?]>([
      ['F23 F24 through six looks without an answer', [running, ...times(6, 'lost'), running, done]],
      ['F24 through six looks at a server that restarts', [running, ...times(6, 502), running, done]],
      ['F53 while the pipeline answers 404', [404, 404, [], done], {argv: ['--pipeline-id', '1']}],
      ['F53 while the job does not exist', [[], [{name: 'other'}], done]],
      [
        'F66 with the newest attempt of a job that is retried',
        [
          running,
          [
            {id: 7, status: 'failed'},
            {id: 8, status: 'running'},
          ],
          [{id: 8}],
        ],
      ],
      [
        'F66 although an old answer shows the earlier attempt again',
        [[{id: 8, status: 'running'}], [{id: 7, status: 'failed'}], [{id: 8, status: 'running'}], [{id: 8}]],
      ],
      [
        'F67 with the attempt that follows a failure at once',
        [running, [{status: 'failed'}], [{status: 'failed'}, {id: 8, status: 'pending'}], [{id: 8}]],
      ],
      [
        'F69 through every status that is not final',
        [
          ...[
            'created',
            'waiting_for_resource',
            'preparing',
            'pending',
            'waiting_for_callback',
            'scheduled',
            'running',
            'future_x',
            'future_x',
          ].map((status) => [{status}]),
          done,
        ],
        {argv: ['--on-manual', 'wait']},
      ],
      [
        'F70 with a manual job where it is told to',
        [[{status: 'manual'}], running, done],
        {argv: ['--on-manual', 'wait']},
      ],
      ['F71 and is content with a failure that is allowed', [running, [{status: 'failed', allow_failure: true}]]],
      ['F74 although a page shows a job twice', [[{status: 'running'}, {status: 'running'}], [{}]]],
    ]),
  )('%s', async (_, looks, waiting = {}) => {
    const {code, said, outputs} = await wait(looks, waiting)
    expect({code, said}).toMatchObject({code: 0})
    expect(outputs()['status']).toMatch(/success|failed/)
    expect(said.match(/future_x.*not known|unknown status/gi)?.length ?? 0).toBeLessThanOrEqual(1)
    expect(said.match(/502|reset|closed/g)?.length ?? 0).toBeLessThanOrEqual(4)
  })
})

describe('a wait ends', () => {
  test.each(
    oneOfEach<[string, readonly Look[], number, RegExp, Waiting?]>([
      [
        'F51 at once, when its own job has ended and its token with it',
        [running, 401],
        77,
        /only valid while its job runs|job token/i,
      ],
      ['F53 not found, when the job never comes', [[]], 66, /build/, {argv: ['--appear-timeout', '30s']}],
      ['F67 failed, once the failure has stood', [running, [{status: 'failed'}]], 20, /failed/],
      ['F68 canceled', [running, [{status: 'canceled'}]], 21, /canceled/],
      ['F70 at a manual job', [[{status: 'manual'}]], 22, /manual/],
      ['F71 skipped', [[{status: 'skipped'}]], 21, /skipped/],
      [
        'F71 failed, though allowed, where it is strict',
        [[{status: 'failed', allow_failure: true}]],
        20,
        /failed/,
        {argv: ['--strict']},
      ],
      [
        'F72 with the tags and the time of a job that is stuck',
        [[{status: 'pending', tag_list: ['big-runner'], queued_duration: 61}]],
        75,
        /big-runner/,
        {argv: ['--timeout', '60s']},
      ],
      ['F23 after ten minutes without any answer', [running, 'lost'], 69, /GET /, {speed: 300}],
      [
        'F76 by the time its own job has left',
        [running],
        75,
        /CI_JOB_TIMEOUT/,
        {env: {CI_JOB_TIMEOUT: '60', CI_JOB_STARTED_AT: 'now'}},
      ],
    ]),
  )('%s', async (_, looks, code, words, waiting = {}) => {
    const env = waiting.env && {...waiting.env, CI_JOB_STARTED_AT: new Date().toISOString()}
    const result = await wait(looks, {...waiting, ...(env && {env})})
    expect(result).toMatchObject({code, said: expect.stringMatching(words)})
    expect(result.said).not.toMatch(/glcbt-canary|undefined|\n +at /)
  })
})

test.each(
  oneOfEach([
    ['F75 forward', 3_600_000],
    ['F75 back', -3_600_000],
  ] as const),
)('a wait lasts as long as without when the wall clock jumps an hour: %s', async (_, jumpMs) => {
  const looks = [...times(4, running), done]
  const argv = ['--interval', '10s', '--max-interval', '10s']
  const {code, outputs} = await wait(looks, {argv, jumpMs, speed: 60})
  expect(code).toBe(0)
  const waited = Number(outputs()['waited'])
  expect(waited).toBeGreaterThanOrEqual(4 * 8)
  expect(waited).toBeLessThan(600)
})
