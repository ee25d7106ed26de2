import {readFileSync} from 'node:fs'
import {createServer} from 'node:http'
import type {AddressInfo} from 'node:net'
import path from 'node:path'
import {afterEach, beforeEach, describe, expect, test} from '@jest/globals'
import {action as fetching} from '../../../actions/download-artifacts/action.ts'
import {action as listing} from '../../../actions/list-jobs/action.ts'
import {action as playing} from '../../../actions/play-manual-job/action.ts'
import {action as retrying} from '../../../actions/retry-job/action.ts'
import {action as triggering} from '../../../actions/trigger-pipeline/action.ts'
import {action as waiting} from '../../../actions/wait-for-job/action.ts'
import {
  createClient,
  fetchArtifacts,
  findJobs,
  playJob,
  retryJobs,
  triggerPipeline,
  waitForJobs,
} from '../../../actions/jobside/library.ts'
import type {Client, JobsideError} from '../../../actions/jobside/library.ts'

const source = readFileSync(path.resolve(import.meta.dirname, '../../../actions/jobside/options.ts'), 'utf8')

/** The options that an interface offers, those of its parents too. */
function offered(name: string): readonly string[] {
  const [, parents = '', body = ''] =
    new RegExp(`interface ${name}(?: extends ([^{]+))? \\{([^]*?)\\n\\}`).exec(source) ?? []
  const own = [...body.matchAll(/^ {2}readonly (\w+)\??:/gm)].map(([, option = '']) => option)
  return [
    ...new Set([...own, ...parents.split(', ').flatMap((parent) => (parent === '' ? [] : offered(parent.trim())))]),
  ]
}

let client: Client
beforeEach(async () => {
  client = await createClient({apiUrl: 'http://127.0.0.1:1/api/v4', token: 'glpat-dev', attempts: 1})
})
afterEach(() => client.close())

async function failed(call: Promise<unknown>): Promise<JobsideError> {
  return call.then(
    () => expect('the call').toBe('refused'),
    (error: unknown) => error,
  ) as Promise<JobsideError>
}

describe('the library takes the options that its types offer, and no other input of the command', () => {
  test.each([
    ['findJobs', findJobs, 'FindOptions', listing],
    ['waitForJobs', waitForJobs, 'WaitOptions', waiting],
    ['fetchArtifacts', fetchArtifacts, 'FetchOptions', fetching],
    ['playJob', playJob, 'PlayOptions', playing],
    ['retryJobs', retryJobs, 'RetryOptions', retrying],
    ['triggerPipeline', triggerPipeline, 'TriggerOptions', triggering],
  ] as const)('%s', async (_, call, options, action) => {
    const names = Object.keys(action.inputs)
    const empty = Object.fromEntries(names.map((input) => [input, null]))
    const {message} = await failed(call(client, empty as never))
    const taken = names.filter((input) => message.includes(`  - ${input} is given, but empty`))
    const offers = offered(options).filter((option) => option !== 'signal' && option !== 'project')
    expect(taken.sort()).toEqual([...offers].sort())
    expect(names.filter((input) => !taken.includes(input) && !message.includes(`no option ${input}`))).toEqual([])
  })

  test('createClient', async () => {
    const names = offered('ClientOptions').filter((name) => name !== 'log')
    const {message} = await failed(createClient(Object.fromEntries(names.map((name) => [name, null])) as never))
    expect(message.match(/there is no option/g)).toBeNull()
    const other = await failed(createClient({apiUrl: 'http://127.0.0.1:1', sendTokenTo: 'x'} as never))
    expect(other.message).toContain('there is no option sendTokenTo')
  })
})

describe('an option', () => {
  test.each([
    [{timeout: -1}, 'timeout must be a number of milliseconds'],
    [{timeout: Number.NaN}, 'timeout must be a number of milliseconds'],
    [{timeout: 1e15}, 'timeout must be at most 30d'],
    [{strict: 'yes'}, 'strict must be true or false'],
    [{pipelineId: '7'}, 'pipelineId must be a number'],
    [{pipelineId: 0}, 'pipelineId must be a whole number from 1'],
    [{jobId: [1, undefined]}, 'jobId holds an empty item'],
    [{job: [{}]}, 'job must be a list of strings or numbers'],
    [{onManual: 'explode'}, 'onManual must be one of fail, wait, play'],
    [{project: 'x y z'}, 'project must be a project id or a full path'],
    [{project: undefined}, 'project is given, but empty'],
    [{followNewest: true, ref: undefined}, 'ref is given, but empty'],
    [{followNewest: true}, 'followNewest needs a ref or a mergeRequest'],
    [{signal: 'stop'}, 'signal must be an AbortSignal'],
    [{constructor: 1}, 'there is no option constructor'],
  ])('%j is refused before anything is asked', async (given, said) => {
    const {kind, message} = await failed(waitForJobs(client, {...given} as never))
    expect([kind, message]).toEqual(['usage', expect.stringContaining(said)])
  })

  test('of variables and inputs keeps its type, and is hidden in what is told', async () => {
    const wrong = {project: 1, ref: 'main', variables: {A: 1}}
    const {message} = await failed(triggerPipeline(client, wrong as never))
    expect(message).toContain('variables must be an object of strings')
  })
})

test('an object that is no client is told as that', async () => {
  const {kind, message} = await failed(findJobs({...client}, {pipelineId: 1}))
  expect([kind, message]).toEqual(['usage', 'That is no client.'])
})

test('a client may be closed twice, and calls after that are refused', async () => {
  await client.close()
  await client.close()
  const {kind, message} = await failed(findJobs(client, {project: 1, pipelineId: 1}))
  expect([kind, message]).toEqual(['usage', 'The client was closed.'])
})

test('what a server repeats of a token or a variable is in no error and no line of the log', async () => {
  const server = createServer((_, response) => {
    response.writeHead(400, {'content-type': 'application/json'})
    response.end(JSON.stringify({message: 'no glpat-secret-token with s3cr3t-value and "1.2.3.4.5"'}))
  })
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  const lines: string[] = []
  const own = await createClient({
    apiUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/v4`,
    token: 'glpat-secret-token',
    triggerToken: 'glptt-another-secret',
    attempts: 1,
    log: ({text}) => lines.push(text),
  })
  try {
    const asked = {project: 1, ref: 'main', variables: {A: 's3cr3t-value'}, inputs: {version: '1.2.3.4.5'}}
    const error = await failed(triggerPipeline(own, asked))
    const told = [error.message, error.hint, error.stack, JSON.stringify(error), ...lines].join('\n')
    expect(told).toContain('400')
    expect(told).not.toMatch(/secret-token|s3cr3t|another-secret|1\.2\.3\.4\.5/)
    expect(error.cause).toBeUndefined()
  } finally {
    await own.close()
    server.close()
  }
})
