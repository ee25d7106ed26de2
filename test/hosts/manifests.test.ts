import {afterEach, beforeEach, describe, expect, test} from '@jest/globals'
import {mkdtemp, rm} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import path from 'node:path'
import {actions} from '../../actions/catalogue.ts'
import {spell} from '../../src/base/names.ts'
import type {Sandbox} from '../../src/sandbox/cli/sandbox.ts'
import {readOutputs, runFunction} from './function-step.ts'
import {readCommandFile, readManifest, runStep} from './github-step.ts'
import {copyFunction} from './function-folder.ts'
import {predefined, startTrials, trials} from './trials.ts'
import type {Trial} from './trials.ts'

const root = path.resolve(import.meta.dirname, '..', '..')
let sandbox: Sandbox
let cwd: string

beforeEach(async () => {
  sandbox = await startTrials()
  cwd = await mkdtemp(path.join(tmpdir(), 'jobside-step-'))
})

afterEach(async () => {
  expect(sandbox.requests().filter(({unknown}) => unknown)).toEqual([])
  await sandbox.close()
  await rm(cwd, {recursive: true, force: true})
})

test('every command has a trial', () => {
  expect(Object.keys(trials).sort()).toEqual(actions.map(({name}) => name).sort())
})

describe.each(Object.entries(trials))('%s', (name, trial) => {
  const folder = path.join(root, 'actions', name)

  test('runs as a GitHub action, from its action.yml alone', async () => {
    const manifest = await readManifest(folder)
    // On GitHub there is no pipeline of our own.
    const pipeline = 'pipeline-id' in manifest.inputs ? {'pipeline-id': '11'} : {}
    const given = {...connection(sandbox), ...pipeline, ...texts(trial.inputs)}
    const {code, log, outputs} = await runStep({action: folder, with: given, cwd})
    expect({log, code}).toEqual({log, code: 0})
    expect(outputs).toMatchObject(respelled(trial.outputs, spell.kebab, String))
    expect(Object.keys(outputs).sort()).toEqual(Object.keys(manifest.outputs).sort())
  })

  test('runs as a GitLab Function from a folder with nothing but func.yml and its bundle', async () => {
    const place = await copyFunction(name, cwd)
    const vars = {...predefined, ...sandbox.env}
    const inputs = respelled(trial.inputs, (key) => key.replaceAll('-', '_'), typed)
    const token = {token: sandbox.env['GITLAB_TOKEN'] ?? ''}
    const {code, log, outputs} = await runFunction({function: place, inputs: {...inputs, ...token}, vars, cwd})
    expect({log, code}).toEqual({log, code: 0})
    expect(outputs).toMatchObject(respelled(trial.outputs, spell.snake, (value) => value))
  })
})

test('the root action runs any command by its name', async () => {
  const lines = Object.entries(texts(trials['list-jobs']?.inputs ?? {})).flatMap(([key, value]) =>
    value.split('\n').map((line) => `${key}=${line}`),
  )
  const given = {...connection(sandbox), action: 'list-jobs', with: [...lines, 'ref=main'].join('\n')}
  const {code, outputs, log} = await runStep({action: root, with: given, cwd})
  expect({log, code}).toEqual({log, code: 0})
  expect(outputs).toMatchObject({count: '1', ids: '102'})
})

test('a failed step tells GitHub why, masks the token and names the exit code’s reason', async () => {
  const given = {...connection(sandbox), ref: 'main', job: 'flaky', settle: '0s', timeout: '20s'}
  const action = path.join(root, 'actions', 'wait-for-job')
  const {code, log, outputs} = await runStep({action, with: given, cwd})
  expect(code).toBe(20)
  expect(outputs).toMatchObject({status: 'failed', 'job-id': '105', 'failure-reason': 'runner_system_failure'})
  expect(log).toMatch(/^::add-mask::glpat-trials-dev$/m)
  expect(log).toMatch(/^::error::.*flaky/m)
})

test('a function that fails keeps its exit code', async () => {
  const inputs = {job: ['flaky'], settle: '0s', timeout: '20s'}
  const vars = {...predefined, ...sandbox.env}
  const folder = path.join(root, 'actions', 'wait-for-job')
  await expect(runFunction({function: folder, inputs, vars, cwd})).resolves.toMatchObject({code: 20})
})

describe('the stand-ins are as strict as what they stand for', () => {
  const one = {id: {type: 'number' as const}}

  test.each([
    ['an undeclared output', '{"name":"other","value":1}', /undeclared output other/],
    ['another type', '{"name":"id","value":"1"}', /declared number/],
    ['no value', '{"name":"id","value":null}', /has no value/],
    ['an output that was not written', '', /was not written/],
    ['a long line', JSON.stringify({name: 'id', value: 'x'.repeat(70_000)}), /too long/],
  ])('of a function, about %s', (_, text, problem) => {
    expect(() => readOutputs(one, text)).toThrow(problem)
  })

  test('of a function, about inputs', async () => {
    const folder = path.join(root, 'actions', 'fetch-self')
    const vars = {...predefined, ...sandbox.env}
    await expect(runFunction({function: folder, inputs: {nothing: 'x'}, vars, cwd})).rejects.toThrow(/undeclared/)
    await expect(runFunction({function: folder, inputs: {field: 'x'}, vars, cwd})).rejects.toThrow(/declared array/)
    await expect(runFunction({function: folder, inputs: {}, vars: {}, cwd})).rejects.toThrow(/not known/)
  })

  test('of GitHub, about the output file', () => {
    expect(readCommandFile('a=1\nb<<E\nx\ny\nE\n')).toEqual({a: '1', b: 'x\ny'})
    expect(() => readCommandFile('nonsense\n')).toThrow(/invalid line/)
    expect(() => readCommandFile('b<<E\nx\n')).toThrow(/no end/)
  })
})

/** What a GitHub step must be told, as there are no CI variables. */
function connection({env}: Sandbox): Readonly<Record<string, string>> {
  return {
    'api-url': env['CI_API_V4_URL'] ?? '',
    project: 'grp/app',
    'job-token': env['CI_JOB_TOKEN'] ?? '',
    token: env['GITLAB_TOKEN'] ?? '',
  }
}

function texts(inputs: Trial['inputs']): Readonly<Record<string, string>> {
  return respelled(
    inputs,
    (key) => key,
    (value) => (Array.isArray(value) ? value.join('\n') : String(value)),
  )
}

/** A list in a function is a list; a number that may be absent is text. */
function typed(value: Trial['inputs'][string]): string | boolean | readonly string[] {
  if (Array.isArray(value)) return value.map(String)
  return typeof value === 'boolean' ? value : String(value)
}

function respelled<Value, Result>(
  record: Readonly<Record<string, Value>>,
  name: (key: string) => string,
  change: (value: Value) => Result,
): Readonly<Record<string, Result>> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [name(key), change(value)]))
}
