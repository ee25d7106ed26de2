import {describe, expect, test} from '@jest/globals'
import {ActionError} from '../../../src/base/errors.ts'
import type {FoundJob, Snapshot} from '../../../src/gitlab/api/types.ts'
import {decide, type Circumstances, type Decision} from '../../../src/waiting/decide.ts'
import {judge, judgeBridge} from '../../../src/waiting/judge.ts'
import {remember, startMemory, type Memory} from '../../../src/waiting/memory.ts'
import type {Policy} from '../../../src/waiting/policy.ts'
import {found, outage, pipelineRef, policy, sha, snapshot} from '../../support/waiting.ts'

type Seen = readonly [atMs: number, shown: readonly FoundJob[] | Snapshot | ActionError]

/** Decides after a series of looks. */
function after(
  looks: readonly Seen[],
  changes: Partial<Policy> = {},
  more: Partial<Circumstances> = {},
  known: FoundJob[] = [],
) {
  let memory: Memory = startMemory(0, known)
  let nowMs = 0
  for (const [atMs, shown] of looks) {
    nowMs = atMs
    const look =
      shown instanceof ActionError
        ? ({kind: 'failed', error: shown} as const)
        : ({kind: 'seen', snapshot: 'pendingBridges' in shown ? shown : snapshot(shown)} as const)
    memory = remember(memory, look, atMs).memory
  }
  return decide(memory, {
    policy: policy(changes),
    own: {},
    nowMs,
    deadlineMs: 3_600_000,
    serverTime: undefined,
    ...more,
  })
}

function verdict(decision: Decision): string {
  return decision.kind === 'done' ? decision.ending.verdict : decision.kind
}

describe('one job by its status', () => {
  test.each([
    ['success', {}, 'good'],
    ['failed', {}, 'bad'],
    ['canceled', {}, 'bad'],
    ['skipped', {}, 'bad'],
    ['manual', {}, 'bad'],
    ['skipped', {onSkipped: 'ok'}, 'good'],
    ['manual', {onManual: 'ok'}, 'good'],
    ['manual', {onManual: 'wait'}, 'pending'],
    ['manual', {onManual: 'play'}, 'play'],
    ['manual', {ok: ['manual']}, 'good'],
    ['canceled', {ok: ['success', 'canceled']}, 'good'],
    ['success', {ok: ['failed']}, 'bad'],
    ['failed', {ok: ['failed']}, 'good'],
    ['failed', {until: 'success'}, 'pending'],
    ['skipped', {until: 'success'}, 'pending'],
    ['success', {until: 'success'}, 'good'],
    ['running', {}, 'pending'],
    ['running', {until: 'started'}, 'good'],
    ['canceling', {until: 'started'}, 'pending'],
    ['pending', {until: 'started'}, 'pending'],
    ['failed', {until: 'started'}, 'bad'],
  ] as const)('%s under %j is %s', (status, changes, kind) => {
    expect(judge(found({status}).job, policy(changes)).kind).toBe(kind)
  })

  test.each([
    'canceling',
    'waiting_for_resource',
    'preparing',
    'scheduled',
    'waiting_for_callback',
    'future_x',
    'toString',
  ])('%s is not final', (status) => {
    expect(judge(found({status}).job, policy())).toEqual({kind: 'pending'})
  })

  test('failed with allow_failure is good unless the policy is strict', () => {
    const {job} = found({status: 'failed', allow_failure: true})
    expect(judge(job, policy()).kind).toBe('good')
    expect(judge(job, policy({strict: true})).kind).toBe('bad')
  })

  test('of another commit than expected is bad whatever its status', () => {
    const {job} = found({status: 'success'})
    expect(judge(job, policy({expectSha: sha(11)}))).toEqual({kind: 'bad', end: 'otherCommit'})
    expect(judge(job, policy({expectSha: sha(10).slice(0, 8)})).kind).toBe('good')
  })
})

describe('a bridge whose downstream pipeline does not exist', () => {
  test.each([
    ['created', false, 'pending'],
    ['success', false, 'pending'],
    ['failed', false, 'bad'],
    ['failed', true, 'ignore'],
    ['skipped', false, 'bad'],
    ['manual', true, 'ignore'],
    ['manual', false, 'bad'],
  ])('is %s, allow_failure %s: %s', (status, allow_failure, kind) => {
    expect(judgeBridge(found({status, allow_failure}).job, policy()).kind).toBe(kind)
  })

  test('keeps the wait going for as long as it takes, though nothing else is missing', () => {
    const waiting = snapshot([found({status: 'success'})], {
      pendingBridges: [found({name: 'deploy', status: 'created'})],
    })
    expect(
      verdict(
        after([
          [0, waiting],
          [60_000, waiting],
        ]),
      ),
    ).toBe('wait')
    expect(
      verdict(
        after([
          [0, waiting],
          [3_000_000, {...waiting, pendingBridges: []}],
        ]),
      ),
    ).toBe('good')
  })

  test('keeps a missing job of a child of a child from counting as not found', () => {
    const waiting = snapshot([], {
      pendingBridges: [found({name: 'child', status: 'running'})],
      missing: ['grandchild/test'],
    })
    const gone = {...waiting, pendingBridges: []}
    expect(
      verdict(
        after([
          [0, waiting],
          [1_000_000, waiting],
        ]),
      ),
    ).toBe('wait')
    expect(
      verdict(
        after([
          [0, waiting],
          [1_000_000, gone],
          [1_000_001, gone],
          [1_300_000, gone],
        ]),
      ),
    ).toBe('absent')
  })
})

describe('what is not there', () => {
  const missing = snapshot([], {missing: ['build']})

  test('is waited for until the appear-timeout, then not found', () => {
    expect(
      verdict(
        after([
          [0, missing],
          [299_000, missing],
        ]),
      ),
    ).toBe('wait')
    expect(
      verdict(
        after([
          [0, missing],
          [299_000, missing],
          [300_000, missing],
        ]),
      ),
    ).toBe('absent')
  })

  test('may be a pipeline of a ref, which may still come', () => {
    const gone = new ActionError('notFound', 'No pipeline for "main".', {mayAppear: true})
    expect(
      verdict(
        after([
          [0, gone],
          [200_000, [found({status: 'success'})]],
        ]),
      ),
    ).toBe('good')
    expect(
      verdict(
        after([
          [0, gone],
          [300_000, gone],
        ]),
      ),
    ).toBe('refused')
  })

  test('ends the wait at once where it never will be there, and not where it has been', () => {
    const never = new ActionError('notFound', 'GET → 404.', {status: 404})
    expect(verdict(after([[0, never]]))).toBe('refused')
    const back = [found({status: 'success'})]
    expect(
      verdict(
        after([
          [0, [found({status: 'running'})]],
          [5_000, never],
          [10_000, back],
        ]),
      ),
    ).toBe('good')
  })

  test('does not grow older during an outage', () => {
    expect(
      verdict(
        after([
          [0, missing],
          [10_000, outage()],
          [400_000, missing],
        ]),
      ),
    ).toBe('wait')
  })

  test('once seen, is waited for again, and never counts as good', () => {
    const gone = snapshot([found({id: 2, name: 'test', status: 'success'})])
    const both = [found({status: 'running'}), found({id: 2, name: 'test', status: 'success'})]
    expect(
      verdict(
        after([
          [0, both],
          [5_000, gone],
        ]),
      ),
    ).toBe('wait')
    expect(
      verdict(
        after([
          [0, both],
          [5_000, gone],
          [400_000, gone],
        ]),
      ),
    ).toBe('absent')
    expect(
      verdict(
        after([
          [0, both],
          [5_000, gone],
          [9_000, [found({status: 'success'}), both[1]!]],
        ]),
      ),
    ).toBe('good')
  })
})

describe('a failed job', () => {
  const failed = found({status: 'failed'})

  test('is believed only once it has stood for the settle window', () => {
    expect(after([[0, [failed]]])).toEqual({kind: 'wait', againAtMs: 10_000})
    expect(
      verdict(
        after([
          [0, [failed]],
          [9_999, [failed]],
        ]),
      ),
    ).toBe('wait')
    expect(
      verdict(
        after([
          [0, [failed]],
          [10_000, [failed]],
        ]),
      ),
    ).toBe('failed')
  })

  test('that GitLab retries 3 seconds later is followed to its new attempt', () => {
    const retried = found({id: 101, status: 'pending'})
    const looks: Seen[] = [
      [0, [failed]],
      [3_000, [retried]],
      [60_000, [found({id: 101, status: 'success'})]],
    ]
    expect(verdict(after(looks.slice(0, 2)))).toBe('wait')
    expect(verdict(after(looks))).toBe('good')
  })

  test('is old news, and believed at once, if it failed long ago by GitLab’s own clock', () => {
    const old = found({status: 'failed', finished_at: '2026-01-01T11:59:00Z'})
    expect(verdict(after([[0, [old]]], {}, {serverTime: new Date('2026-01-01T12:00:00Z')}))).toBe('failed')
    expect(verdict(after([[0, [old]]], {}, {serverTime: new Date('2026-01-01T11:59:05Z')}))).toBe('wait')
  })

  test('ends a wait for all at once, and comes before what was skipped because of it', () => {
    const jobs = [found({id: 1, name: 'deploy', status: 'skipped'}), failed, found({id: 3, name: 'lint'})]
    const decision = after([
      [0, jobs],
      [10_000, jobs],
    ])
    expect(decision).toMatchObject({ending: {verdict: 'failed', found: {job: {name: 'build'}}}})
  })

  test('does not end a wait for any while another can still be good', () => {
    const other = found({id: 2, name: 'test', status: 'running'})
    expect(
      verdict(
        after(
          [
            [0, [failed, other]],
            [20_000, [failed, other]],
          ],
          {mode: 'any'},
        ),
      ),
    ).toBe('wait')
    const good = found({id: 2, name: 'test', status: 'success'})
    expect(verdict(after([[0, [failed, good]]], {mode: 'any'}))).toBe('good')
  })
})

describe('a job that is retried while waited for', () => {
  test('counts by its newest attempt, even if an old answer shows the earlier one again', () => {
    const first = found({status: 'success'})
    const second = found({id: 101, status: 'running'})
    expect(
      verdict(
        after([
          [0, [second]],
          [5_000, [first]],
        ]),
      ),
    ).toBe('wait')
    expect(
      verdict(
        after([
          [0, [second]],
          [5_000, [first]],
          [9_000, [found({id: 101, status: 'success'})]],
        ]),
      ),
    ).toBe('good')
  })

  test('by ourselves is not done before the answer shows the new attempt', () => {
    const known = [found({id: 101, status: 'pending'})]
    expect(verdict(after([[0, [found({status: 'success'})]]], {}, {}, known))).toBe('wait')
    expect(verdict(after([[0, [found({id: 101, status: 'success'})]]], {}, {}, known))).toBe('good')
  })

  test('counts once when a page that moved shows two of its attempts', () => {
    expect(verdict(after([[0, [found({id: 100, status: 'failed'}), found({id: 101, status: 'success'})]]]))).toBe(
      'good',
    )
  })
})

describe('a pipeline that is superseded', () => {
  const old = found({status: 'running'})
  const heir = found({id: 200, status: 'running', pipeline: pipelineRef(11)})

  test('is followed to the newer one, and its own jobs count no more', () => {
    const looks: Seen[] = [
      [0, [old]],
      [5_000, [heir]],
      [10_000, [found({status: 'success'})]],
    ]
    expect(verdict(after(looks))).toBe('wait')
    const end = found({id: 200, status: 'success', pipeline: pipelineRef(11)})
    expect(after([...looks, [15_000, [end]]])).toMatchObject({ending: {verdict: 'good', found: {job: {id: 200}}}})
  })

  test('or canceled ends as canceled, distinct from failed', () => {
    const canceled = [found({status: 'canceled', pipeline: pipelineRef(10, 'canceled')})]
    expect(
      verdict(
        after([
          [0, canceled],
          [10_000, canceled],
        ]),
      ),
    ).toBe('canceled')
  })
})

describe('a manual job', () => {
  const manual = found({status: 'manual'})

  test('is believed after the settle window, since it may have been played just now', () => {
    expect(verdict(after([[0, [manual]]]))).toBe('wait')
    expect(
      verdict(
        after([
          [0, [manual]],
          [10_000, [manual]],
        ]),
      ),
    ).toBe('manual')
  })

  test('is played where the policy says so, unless another awaited job has failed', () => {
    const failed = found({id: 2, name: 'test', status: 'failed'})
    expect(verdict(after([[0, [manual]]], {onManual: 'play'}))).toBe('play')
    expect(verdict(after([[0, [manual, failed]]], {onManual: 'play'}))).toBe('wait')
    expect(verdict(after([[0, [manual]]], {onManual: 'play'}, {deadlineMs: 0}))).toBe('deadline')
  })
})

describe('a look that fails', () => {
  test.each(['unreachable', 'untrusted'] as const)('with %s is an outage, tolerated for ten minutes', (kind) => {
    const error = new ActionError(kind, 'GET → no good.')
    expect(
      verdict(
        after([
          [0, [found()]],
          [10_000, error],
          [609_000, error],
        ]),
      ),
    ).toBe('wait')
    expect(
      verdict(
        after([
          [0, [found()]],
          [10_000, error],
          [610_000, error],
        ]),
      ),
    ).toBe('outage')
    expect(
      verdict(
        after([
          [0, error],
          [590_000, error],
          [595_000, [found({status: 'success'})]],
        ]),
      ),
    ).toBe('good')
  })

  test('before anything has ever answered is given up soon, and is never a deadline', () => {
    const refused = new ActionError('unreachable', 'GET → the connection was refused.')
    const never = (ms: number) =>
      after([
        [0, refused],
        [ms, refused],
      ])
    expect(verdict(never(179_000))).toBe('wait')
    expect(verdict(never(181_000))).toBe('outage')
    expect(verdict(after([[0, refused]], {}, {deadlineMs: 0}))).toBe('outage')
    const answered: Seen[] = [
      [0, [found()]],
      [5_000, refused],
      [200_000, refused],
    ]
    expect(verdict(after(answered))).toBe('wait')
    expect(verdict(after(answered, {}, {deadlineMs: 200_000}))).toBe('deadline')
  })

  test('more than sixty times in a row ends the wait too', () => {
    const looks = Array.from({length: 61}, (_, index) => [index * 1_000, outage()] as const)
    expect(verdict(after(looks.slice(1)))).toBe('wait')
    expect(verdict(after(looks))).toBe('outage')
  })

  test('with 401, because our own job has ended, stops at once', () => {
    const refused = new ActionError('refused', 'GET → 401.', {status: 401})
    expect(
      verdict(
        after([
          [0, [found()]],
          [5_000, refused],
        ]),
      ),
    ).toBe('refused')
  })

  test('never turns what was known before into a good end', () => {
    expect(
      verdict(
        after([
          [0, [found({status: 'success'})]],
          [5_000, outage()],
        ]),
      ),
    ).toBe('wait')
  })
})

describe('the deadline', () => {
  test('leaves the last word to the last look', () => {
    expect(
      verdict(
        after([
          [0, [found()]],
          [3_600_000, [found({status: 'success'})]],
        ]),
      ),
    ).toBe('good')
    expect(
      verdict(
        after([
          [0, [found()]],
          [3_600_000, [found({status: 'failed'})]],
        ]),
      ),
    ).toBe('failed')
    expect(
      verdict(
        after([
          [0, [found()]],
          [3_600_000, [found()]],
        ]),
      ),
    ).toBe('deadline')
    expect(
      verdict(
        after([
          [0, [found()]],
          [3_600_000, outage()],
        ]),
      ),
    ).toBe('deadline')
  })
})

describe('a wait that can never end is refused', () => {
  const own = {id: 100, name: 'gate', stage: 'test', pipelineId: 10}
  const reason = (decision: Decision): string =>
    decision.kind === 'done' && decision.ending.verdict === 'deadlock'
      ? decision.ending.deadlock.reason
      : verdict(decision)

  test('for itself', () => {
    expect(reason(after([[0, [found({name: 'gate'})]]], {}, {own}))).toMatch('waits for itself')
  })

  test('for a job of a later stage of its own pipeline', () => {
    const later = found({id: 101, stage: 'deploy', status: 'created'})
    expect(reason(after([[0, [later]]], {}, {own}))).toMatch('begins only after')
    expect(reason(after([[0, [found({id: 99, stage: '.post', status: 'created'})]]], {}, {own}))).toMatch(
      'begins only after',
    )
    expect(reason(after([[0, [later]]], {laterStage: 'wait'}, {own}))).toBe('wait')
  })

  test.each([
    ['an earlier stage', {id: 99, stage: 'build', status: 'created'}],
    ['the same stage', {id: 101, stage: 'test', status: 'created'}],
    ['a later stage that needs let start', {id: 101, stage: 'deploy', status: 'running'}],
    ['another pipeline', {id: 101, stage: 'deploy', status: 'created', pipeline: pipelineRef(11)}],
  ])('but not for a job of %s', (_, changes) => {
    expect(reason(after([[0, [found(changes)]]], {}, {own}))).toBe('wait')
  })

  test('for the trigger job that waits for the own pipeline', () => {
    const bridge = found({id: 50, status: 'running', pipeline: pipelineRef(9), downstream_pipeline: pipelineRef(10)})
    expect(reason(after([[0, [bridge]]], {}, {own}))).toMatch('each waits for the other')
  })

  test('but not in mode any while another job can end', () => {
    const jobs = [found({name: 'gate'}), found({id: 3, name: 'lint'})]
    expect(reason(after([[0, jobs]], {mode: 'any'}, {own}))).toBe('wait')
  })
})

describe('a name that a pipeline does not have', () => {
  const without = (status: string): Snapshot =>
    snapshot([], {missing: ['biuld'], names: ['build'], pipelines: [pipelineRef(10, status)]})

  test.each([
    ['running', false, 'wait'],
    ['success', false, 'absent'],
    ['success', true, 'wait'],
  ])('that is %s, where another pipeline may come: %s → %s', (status, canMove, expected) => {
    expect(
      verdict(
        after(
          [
            [0, without(status)],
            [11_000, without(status)],
          ],
          {},
          {canMove},
        ),
      ),
    ).toBe(expected)
  })

  test('is not believed missing while a bridge may still start another pipeline', () => {
    const bridge = found({name: 'child', status: 'created', downstream_pipeline: null})
    const open = {...without('success'), pendingBridges: [bridge]}
    expect(
      verdict(
        after([
          [0, open],
          [11_000, open],
        ]),
      ),
    ).toBe('wait')
  })
})
