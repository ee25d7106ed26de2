import {expect, test} from '@jest/globals'
import {runBundle} from '../support/bundles.ts'
import {startSandbox} from '../support/sandbox.ts'

const waiters = 50

test('fifty processes that wait for one job, all of one user, all end well under a limit of 600 requests a minute', async () => {
  const sandbox = await startSandbox(
    {
      gitlab: {version: '18.0'},
      self: 1,
      users: [{id: 1, username: 'dev', tokens: []}],
      projects: [
        {
          id: 1,
          path: 'grp/app',
          members: {dev: 'developer'},
          pipelines: [
            {
              id: 1,
              ref: 'main',
              jobs: [
                {id: 1, name: 'gate', stage: 'test', status: 'running', user: 'dev', token: 'glcbt-crowd'},
                {
                  id: 2,
                  name: 'build',
                  stage: 'build',
                  status: 'running',
                  user: 'dev',
                  timeline: [{after: '15s', status: 'success'}],
                },
              ],
            },
          ],
        },
      ],
    },
    {clock: 'real', rateLimit: 600},
  )
  try {
    const {GITLAB_TOKEN: _, ...env} = sandbox.env
    const argv = ['--ref', 'main', '--job', 'build', '--timeout', '120s', '--log', 'quiet']
    const runs = await Promise.all(Array.from({length: waiters}, () => runBundle('wait-for-job', argv, {env})))
    expect(runs.map(({code, stderr}) => (code === 0 ? 'ended well' : stderr))).toEqual(
      Array.from({length: waiters}, () => 'ended well'),
    )
    expect(
      sandbox.requests().filter(({credentials}) => credentials.some((name) => name.toLowerCase() !== 'job-token')),
    ).toEqual([])
  } finally {
    await sandbox.close()
  }
}, 180_000)
