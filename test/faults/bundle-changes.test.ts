import {mkdtempSync, rmSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, afterEach, beforeAll, describe, expect, test} from '@jest/globals'
import {appWorld} from '../support/app-world.ts'
import {askLooks} from '../support/ask-looks.ts'
import {openScene} from '../support/bundle-scene.ts'
import {fastClock} from '../support/fast-clock.ts'
import {oneOfEach} from '../support/optional.ts'
import type {Look} from '../support/sequence.ts'
import {closeServers} from '../support/servers.ts'

/** Built commands that change something, and what they make of answers that never came; and pipelines that change by themselves. */
let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'jobside-changes-'))
})
afterEach(closeServers)
afterAll(() => rmSync(folder, {recursive: true, force: true}))

const running = [{status: 'running'}]
const done = [{status: 'success'}]

describe('a change', () => {
  const manual = [{name: 'build', status: 'manual'}]
  const failed = [{name: 'build', status: 'failed'}]
  const again = [
    {id: 7, status: 'failed'},
    {id: 8, status: 'pending'},
  ]
  const env = {GITLAB_TOKEN: 'glpat-canary'}
  test.each(
    oneOfEach<[string, string, readonly Look[], readonly (number | 'lost')[], number]>([
      [
        'F57 a play whose answer is lost is told by its state',
        'play-manual-job',
        [manual, [{status: 'pending'}]],
        ['lost'],
        1,
      ],
      ['F58 a play answered 502', 'play-manual-job', [manual, [{status: 'pending'}]], [502], 1],
      ['F58 a play answered 504', 'play-manual-job', [manual, [{status: 'running'}]], [504], 1],
      ['F60 a play of a job that runs', 'play-manual-job', [running], [], 0],
      ['F60 a play of a job that is over', 'play-manual-job', [done], [], 0],
      ['F61 a play that somebody else was faster with', 'play-manual-job', [manual, running], [400], 1],
      ['F62 a retry whose answer is lost is told by the new attempt', 'retry-job', [failed, again], ['lost'], 1],
      ['F63 a retry that somebody else was faster with', 'retry-job', [failed, again], [403], 1],
      ['F64 a cancel whose answer is lost', 'cancel-job', [running, [{status: 'canceling'}]], ['lost'], 1],
      ['F64 a cancel of a job that is canceling', 'cancel-job', [[{status: 'canceling'}]], [], 0],
    ]),
  )('%s, and no POST is sent twice', async (_, command, looks, answers, sends) => {
    const {code, posts, said} = await askLooks(folder, looks, {
      command,
      env,
      onPost: (count) => answers[count - 1] ?? 500,
    })
    expect({code, posts, said}).toMatchObject({code: 0, posts: sends})
    expect(said).not.toContain('canary')
  })

  test('F59 that did not arrive is sent again once that is proven, three times at most, and told', async () => {
    const {code, posts, said} = await askLooks(folder, [manual], {
      command: 'play-manual-job',
      env,
      onPost: () => 'lost',
    })
    expect({code, posts}).toEqual({code: 69, posts: 3})
    expect(said).toMatch(/Nothing was started/)
  })
})

describe('a pipeline that moves', () => {
  const speed = 50
  const steps = ['one ✓\n', 'two 😀\n', 'three ü\n']
  const timeline = [
    {after: '5s', status: 'running'},
    ...steps.map((log) => ({after: '20s', log})),
    {after: '20s', status: 'success'},
  ]
  const family = appWorld({
    jobs: [{id: 102, name: 'talk', status: 'pending', user: 'dev', timeline}],
    bridges: [
      {id: 150, name: 'child', status: 'pending', timeline: [{after: '60s', status: 'running', downstream: 12}]},
    ],
    pipelines: [
      {id: 12, parent: 11, jobs: [], bridges: [{id: 151, name: 'grandchild', status: 'running', downstream: 13}]},
      {
        id: 13,
        parent: 12,
        jobs: [{id: 131, name: 'deep', status: 'running', timeline: [{after: '90s', status: 'success'}]}],
      },
    ],
  })

  test.each([
    [
      'F73 waits for a child of a child, whose bridge has no pipeline for a minute',
      'wait-for-job',
      ['--job', 'deep', '--family'],
    ],
    ['F79 prints a log that grows, every byte once', 'get-job-log', ['--job', 'talk', '--follow']],
  ])('%s', async (_, command, argv) => {
    const scene = await openScene(family, {speed})
    try {
      const options = {env: {GITLAB_TOKEN: 'glpat-dev', NO_COLOR: '1'}, nodeOptions: fastClock(folder, speed)}
      const {code, stdout, stderr} = await scene.run(command, [...argv, '--request-timeout', '10m'], options)
      expect({code, stderr}).toEqual({code: 0, stderr: expect.any(String)})
      if (command === 'get-job-log') expect(stdout).toContain(steps.join(''))
      else expect(stdout).toMatch(/deep succeeded/)
    } finally {
      await scene.close()
    }
  })
})
