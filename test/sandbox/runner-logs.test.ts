import {afterEach, expect, test} from '@jest/globals'
import type {Sandbox} from '../../src/sandbox/cli/sandbox.ts'
import {ask} from '../support/ask.ts'
import {startSandbox} from '../support/sandbox.ts'

let sandbox: Sandbox
afterEach(async () => sandbox.close())

const world = {
  users: [{id: 1, username: 'dev', tokens: [{token: 'glpat-dev'}]}],
  projects: [
    {
      id: 1,
      path: 'grp/app',
      members: {dev: 'developer' as const},
      pipelines: [
        {
          id: 11,
          jobs: [
            {
              id: 101,
              name: 'build',
              status: 'pending',
              log: {runner: '10 %\r100 %\nbuilt\n'},
              timeline: [
                {after: '1s', status: 'running'},
                {after: '1s', log: 'tested\n'},
                {after: '1s', status: 'failed'},
              ],
            },
            {id: 102, name: 'quiet', status: 'pending', log: {runner: ''}},
          ],
        },
      ],
    },
  ],
}

const log = async () =>
  (await ask(sandbox, 'GET /projects/1/jobs/101/trace', {headers: {'private-token': 'glpat-dev'}})).text

test('a runner since 18.7 stamps each line, goes on after a carriage return, and says how it ended', async () => {
  sandbox = await startSandbox(world, {version: '18.7'})
  expect(await log()).toBe('')
  sandbox.advance('3s')
  const lines = (await log()).split('\n')
  expect(lines[0]).toBe('2026-09-01T09:00:01.000000Z 00O Running with gitlab-runner 18.7.0 (abcdef12)')
  expect(lines).toContain('2026-09-01T09:00:01.000000Z 01O 10 %\r')
  expect(lines).toContain('2026-09-01T09:00:01.000000Z 01O+100 %')
  expect(lines).toContain('2026-09-01T09:00:02.000000Z 01O tested')
  expect(lines).toContain('2026-09-01T09:00:01.000000Z 00O section_start:1788253201:get_sources\r')
  expect(lines.at(-2)).toBe(
    '2026-09-01T09:00:03.000000Z 00O+\u001b[0K\u001b[31;1mERROR: Job failed: exit code 1\u001b[0;m',
  )
})

test('an older runner writes the same without stamps', async () => {
  sandbox = await startSandbox(world, {version: '18.6'})
  sandbox.advance('3s')
  expect(await log()).toContain('\n10 %\r100 %\nbuilt\ntested\nsection_end:')
  expect(await log()).toMatch(/^Running with gitlab-runner/)
})
