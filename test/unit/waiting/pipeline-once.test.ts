import {expect, test} from '@jest/globals'
import * as fc from 'fast-check'
import {ActionError} from '../../../src/base/errors.ts'
import type {PipelineRef, Sent} from '../../../src/gitlab/api/types.ts'
import {startPipelineOnce} from '../../../src/waiting/pipeline-once.ts'
import {createClock} from '../../support/clock.ts'

const pipeline = (id: number): PipelineRef => ({id, project_id: 2, ref: 'main', sha: 'a'.repeat(40), status: 'created'})
const broken = new ActionError('unreachable', 'The connection broke.')

/** What becomes of a POST: refused, never there, made at once, or made so much later. */
type Fate = {readonly kind: 'answered' | 'refused' | 'before'} | {readonly kind: 'made'; readonly afterMs: number}

function serverOf(
  fates: readonly Fate[],
  {lagMs = 0, deadLooks = [] as readonly number[], others = [] as readonly number[]} = {},
) {
  const clock = createClock({auto: true})
  const made: {id: number; atMs: number; isOurs: boolean}[] = others.map((atMs, at) => ({
    id: 1_000 + at,
    atMs,
    isOurs: false,
  }))
  let [posts, looks] = [0, 0]
  const send = async (): Promise<Sent<PipelineRef>> => {
    const fate = fates[posts] ?? {kind: 'answered'}
    const id = 100 + posts++
    if (fate.kind === 'refused') return {kind: 'refused', error: new ActionError('refused', 'No.', {status: 403})}
    if (fate.kind === 'before') return {kind: 'ambiguous', error: broken}
    const afterMs = fate.kind === 'made' ? fate.afterMs : 0
    made.push({id, atMs: clock.now() + afterMs, isOurs: true})
    return fate.kind === 'answered'
      ? {kind: 'answered', status: 201, value: pipeline(id)}
      : {kind: 'ambiguous', error: broken}
  }
  const visible = () => made.filter(({atMs}) => atMs + lagMs <= clock.now())
  const list = async (): Promise<readonly PipelineRef[]> => {
    if (deadLooks.includes(++looks)) throw broken
    return visible().map(({id}) => pipeline(id))
  }
  const ours = async (all: readonly PipelineRef[]): Promise<readonly PipelineRef[]> =>
    all.filter(({id}) => made.some((one) => one.id === id && one.isOurs))
  const run = () =>
    startPipelineOnce({send, list, ours, clock, log: {info: () => {}}, signal: new AbortController().signal})
  return {run, made: () => made.filter(({isOurs}) => isOurs), posts: () => posts}
}

const fates = fc.array(
  fc.oneof(
    fc.constantFrom<Fate>({kind: 'answered'}, {kind: 'refused'}, {kind: 'before'}),
    fc.integer({min: 0, max: 55_000}).map((afterMs): Fate => ({kind: 'made', afterMs})),
  ),
  {maxLength: 3},
)

test('never makes two pipelines, and gives the one that was made, whatever becomes of the answers', async () => {
  await fc.assert(
    fc.asyncProperty(
      fates,
      fc.integer({min: 0, max: 9_000}),
      fc.array(fc.integer({min: 2, max: 12}), {maxLength: 4}),
      async (fates, lagMs, deadLooks) => {
        const server = serverOf(fates, {lagMs, deadLooks})
        const result = await server.run().catch((error: unknown) => error)
        expect(server.made().length).toBeLessThanOrEqual(1)
        expect(server.posts()).toBeLessThanOrEqual(2)
        if (result instanceof ActionError) expect(server.made()).toEqual([])
        else expect(result).toMatchObject({pipeline: {id: server.made()[0]?.id}})
      },
    ),
  )
})

test('leaves aside what somebody else has started meanwhile', async () => {
  const server = serverOf([{kind: 'made', afterMs: 4_000}], {others: [500, 1_500]})
  expect(await server.run()).toMatchObject({pipeline: {id: 100}, isAnswered: false})
})

test('does not guess between two that could be it', async () => {
  const clock = createClock({auto: true})
  let looks = 0
  const twins = startPipelineOnce({
    send: async () => ({kind: 'ambiguous', error: broken}),
    list: async () => (looks++ === 0 ? [] : [pipeline(7), pipeline(8)]),
    ours: async (all) => all,
    clock,
    log: {info: () => {}},
    signal: new AbortController().signal,
  })
  await expect(twins).rejects.toMatchObject({kind: 'untrusted', message: expect.stringMatching(/7.*8/)})
})

test('sends nothing again where pipelines cannot be listed', async () => {
  let posts = 0
  const blind = startPipelineOnce({
    send: async () => {
      posts++
      return {kind: 'ambiguous', error: broken}
    },
    list: async () => undefined,
    ours: async (all) => all,
    clock: createClock({auto: true}),
    log: {info: () => {}},
    signal: new AbortController().signal,
  })
  await expect(blind).rejects.toMatchObject({kind: 'unreachable', message: expect.stringContaining('is not known')})
  expect(posts).toBe(1)
})
