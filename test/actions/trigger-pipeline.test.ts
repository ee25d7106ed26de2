import {afterAll, afterEach, describe, expect, test} from '@jest/globals'
import {action as trigger} from '../../actions/trigger-pipeline/action.ts'
import type {Sandbox, SandboxOptions} from '../../src/sandbox/cli/sandbox.ts'
import type {ProjectFile} from '../../src/sandbox/world/world-types.ts'
import {removeFolders, runCommand} from '../support/run-command.ts'
import {startSandbox} from '../support/sandbox.ts'
import {library, worldWith} from './world.ts'

let sandbox: Sandbox
afterEach(() => sandbox.close())
afterAll(removeFolders)

const template: NonNullable<ProjectFile['pipeline_template']> = {
  inputs: {env: {type: 'string', default: 'test'}, count: {type: 'number', default: 1}},
  jobs: [
    {
      name: 'compile',
      stage: 'build',
      timeline: [
        {after: '2s', status: 'running'},
        {after: '5s', status: 'success'},
      ],
    },
    {
      name: 'check',
      stage: 'test',
      timeline: [
        {after: '2s', status: 'running'},
        {after: '5s', status: 'success'},
      ],
    },
  ],
}
const main = [{id: 21, ref: 'main', user: 'dev', jobs: []}]

async function serve(more: Partial<ProjectFile> = {}, options?: SandboxOptions): Promise<Sandbox> {
  const lib = library(main, {pipeline_template: template, protected_branches: [], ...more})
  sandbox = await startSandbox(worldWith([], {others: [lib]}), options)
  return sandbox
}

const argv = ['--project', 'grp/lib', '--ref', 'main']
const made = () =>
  sandbox
    .world()
    .projects.find(({id}) => id === 2)
    ?.pipelines.filter(({id}) => id !== 21) ?? []
const changes = (transcript: readonly string[]) => transcript.filter((line) => !line.startsWith('GET'))

describe('trigger-pipeline', () => {
  test.each([
    ['job', 'pipeline', {}, 'POST /projects/grp%2Flib/trigger/pipeline'],
    ['token', 'api', {}, 'POST /projects/grp%2Flib/pipeline private-token'],
    ['job', 'trigger', {INPUT_TRIGGER_TOKEN: 'glptt-lib'}, 'POST /projects/grp%2Flib/trigger/pipeline'],
    ['both', 'pipeline', {}, 'POST /projects/grp%2Flib/trigger/pipeline'],
  ] as const)('starts one pipeline with %s credentials, whose source is %s', async (credentials, source, env, post) => {
    await serve({trigger_tokens: [{token: 'glptt-lib', user: 'dev'}]})
    const {code, outputs, transcript, said} = await runCommand(
      trigger,
      sandbox,
      [...argv, '--variables', 'TARGET=hidden-live'],
      {
        credentials,
        env,
      },
    )
    expect([said, code]).toEqual([expect.any(String), 0])
    expect(changes(transcript)).toEqual([expect.stringContaining(post)])
    expect(made()).toHaveLength(1)
    expect(made()[0]).toMatchObject({source, ref: 'main'})
    expect(outputs).toMatchObject({pipeline_id: made()[0]?.id, source, ref: 'main', project: 2, waited: null})
    expect(outputs?.['web_url']).toMatch(/pipelines\/\d+$/)
    expect(said).not.toMatch(/hidden-live|glptt|glcbt/)
  })

  test('waits for the jobs of the pipeline it made, with the job token alone', async () => {
    await serve()
    const {code, outputs, transcript} = await runCommand(trigger, sandbox, [...argv, '--wait'])
    expect(code).toBe(0)
    expect(transcript.join('\n')).not.toContain('private-token')
    expect(outputs).toMatchObject({pipeline_id: made()[0]?.id, status: 'success', sha: made()[0]?.sha})
    expect(outputs?.['job_url']).toMatch(/jobs\/\d+$/)
    expect(outputs?.['web_url']).toMatch(/pipelines\/\d+$/)
  })

  test('with --wait gives the exit code of a job that fails, and still tells the pipeline', async () => {
    await serve({
      pipeline_template: {
        jobs: [
          {
            name: 'bad',
            timeline: [
              {after: '1s', status: 'running'},
              {after: '1s', status: 'failed'},
            ],
          },
        ],
      },
    })
    const {code, outputs} = await runCommand(trigger, sandbox, [...argv, '--wait'])
    expect(code).toBe(20)
    expect(outputs).toMatchObject({pipeline_id: made()[0]?.id, status: 'failed'})
  })

  test('on 17.11 says before the call that a job token cannot wait', async () => {
    await serve({}, {version: '17.11'})
    const {code, said, transcript} = await runCommand(trigger, sandbox, [...argv, '--wait', '--auth', 'job-token'])
    expect([code, changes(transcript)]).toEqual([77, []])
    expect(said).toContain('No pipeline was started')
    expect(said).toMatch(/since GitLab 18\.0/)
  })

  test.each(['17.8', '18.0', '19.2'])('starts without waiting on GitLab %s', async (version) => {
    await serve({}, {version})
    const {code} = await runCommand(trigger, sandbox, argv)
    expect([code, made()]).toEqual([0, [expect.anything()]])
  })

  test('sends inputs as what the pipeline declares, and none that GitLab would ignore', async () => {
    await serve()
    const given = ['--inputs', 'env=true', '--inputs', 'count=3']
    const {code, said} = await runCommand(trigger, sandbox, [...argv, ...given])
    expect([said, code]).toEqual([expect.any(String), 0])
    expect(made()).toHaveLength(1)
    await sandbox.close()
    await serve({}, {version: '17.10'})
    const old = await runCommand(trigger, sandbox, [...argv, ...given], {env: {CI_SERVER_VERSION: '17.10.4'}})
    expect([old.code, changes(old.transcript)]).toEqual([64, []])
    expect(old.said).toContain('since 17.11')
  })

  test.each<[string, Partial<ProjectFile>, readonly string[], number, RegExp]>([
    ['a ref that is not there', {}, ['--ref', 'mian'], 66, /no such branch or tag/],
    ['a protected ref', {protected_branches: ['main'], members: {dev: 'developer'}}, [], 77, /ref is protected/],
    [
      'variables that nobody may give',
      {pipeline_variables_role: 'no_one_allowed'},
      ['--variables', 'A=1'],
      77,
      /may not give variables/,
    ],
    ['a role that is too low', {members: {dev: 'reporter'}}, [], 77, /role Developer/],
    ['a configuration without jobs', {pipeline_template: {jobs: []}}, [], 22, /makes no jobs/],
    ['an input that is not declared', {}, ['--inputs', 'nope=1'], 64, /nope/],
  ])('tells %s', async (_, more, extra, expected, words) => {
    await serve(more)
    const args = extra.includes('--ref') ? ['--project', 'grp/lib', ...extra] : [...argv, ...extra]
    const {code, said} = await runCommand(trigger, sandbox, args)
    expect([code, said]).toEqual([expected, expect.stringMatching(words)])
    expect(made()).toEqual([])
  })

  test('needs a project to be named, since our own would start itself', async () => {
    await serve()
    const {code, transcript, said} = await runCommand(trigger, sandbox, ['--ref', 'main'])
    expect([code, transcript]).toEqual([64, []])
    expect(said).toContain('would start itself')
  })

  test.each([
    ['job-token', [], 0, /with the job token \(source pipeline\)/],
    ['token', [], 0, /with the access token \(source api\)/],
    ['token', ['glpat-ro'], 77, /needs api/],
    ['token', ['glpat-rep'], 66, /404/],
  ] as const)('a dry run by %s %s starts nothing and exits %d', async (auth, [token], expected, words) => {
    await serve()
    const env = token === undefined ? {} : {GITLAB_TOKEN: token}
    const {code, said, transcript} = await runCommand(trigger, sandbox, [...argv, '--dry-run', '--auth', auth], {
      credentials: 'both',
      env,
    })
    expect([code, said, changes(transcript)]).toEqual([expected, expect.stringMatching(words), []])
    expect(made()).toEqual([])
  })

  test('a dry run by a job token whose job has ended exits 77', async () => {
    await serve()
    const {code, said} = await runCommand(trigger, sandbox, [...argv, '--dry-run'], {
      env: {CI_JOB_TOKEN: 'glcbt-64_over'},
    })
    expect([code, said]).toEqual([77, expect.not.stringContaining('would be started')])
  })

  describe('whose answer is lost', () => {
    const lost = {on: 'POST /projects/*/trigger/pipeline', times: 1, apply_then: {reset: 'before'}} as const

    test.each(['18.0', '19.2'])(
      'is found by what it looks like, and not started again, on GitLab %s',
      async (version) => {
        await serve({}, {version, faults: [lost]})
        const {code, outputs, transcript} = await runCommand(trigger, sandbox, argv)
        expect(code).toBe(0)
        expect(changes(transcript)).toHaveLength(1)
        expect(outputs).toMatchObject({pipeline_id: made()[0]?.id})
        expect(made()).toHaveLength(1)
      },
    )

    test('is not started again where nobody can see whether it was', async () => {
      await serve({}, {version: '17.11', faults: [lost]})
      const {code, said, transcript} = await runCommand(trigger, sandbox, [...argv, '--auth', 'job-token'])
      expect([code, changes(transcript).length]).toEqual([69, 1])
      expect(said).toContain('whether it has is not known')
    })

    test('is started again once it is proven that it was not made', async () => {
      await serve({}, {faults: [{on: 'POST /projects/*/trigger/pipeline', times: 1, answer: {status: 502}}]})
      const {code, transcript} = await runCommand(trigger, sandbox, argv)
      expect([code, changes(transcript).length, made().length]).toEqual([0, 2, 1])
    })
  })
})
