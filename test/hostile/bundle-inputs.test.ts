import {mkdtempSync, readdirSync, rmSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, beforeAll, describe, expect, test} from '@jest/globals'
import {runBundle} from '../support/bundles.ts'
import {oneOfEach} from '../support/optional.ts'

/** Inputs that a built command refuses before it asks anybody: nobody listens where it would ask. */
let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'jobside-inputs-'))
})
afterAll(() => rmSync(folder, {recursive: true, force: true}))

const job = {
  CI_API_V4_URL: 'http://127.0.0.1:1/api/v4',
  CI_PROJECT_ID: '1',
  CI_PIPELINE_ID: '1',
  CI_JOB_TOKEN: 'glcbt-canary',
}
const pull = ['--ref', 'main', '--job', 'build', '--path']

describe('a command ends with 64, asks nobody and shows no token for', () => {
  test.each(
    oneOfEach<[string, string, readonly string[], Readonly<Record<string, string>>?]>([
      ['H60 a token with a line break', 'fetch-self', [], {CI_JOB_TOKEN: 'glcbt-canary\r\nX: y'}],
      ['H61 a token as a flag', 'list-jobs', ['--token', 'glpat-canary']],
      ['H66 plain http beyond loopback', 'list-jobs', [], {CI_API_V4_URL: 'http://gitlab.example.com/api/v4'}],
      [
        'H67 an address with a user name',
        'list-jobs',
        [],
        {CI_API_V4_URL: 'https://me:canary@gitlab.example.com/api/v4'},
      ],
      [
        'H67 an address with a query',
        'list-jobs',
        [],
        {CI_API_V4_URL: 'https://gitlab.example.com/api/v4?token=canary'},
      ],
      ['H68 a ref that climbs', 'download-artifacts-by-ref', ['--ref', '..', '--job', 'build']],
      ['H70 a project that is none', 'list-jobs', ['--project', '1/../2']],
      ['H70 an id beyond exact numbers', 'get-job', ['--job-id', '9007199254740993']],
      ['H85 the root as destination', 'download-artifacts-by-ref', [...pull, '/']],
      ['H85 a destination above', 'download-artifacts-by-ref', [...pull, '..']],
      ['H88 a negative time', 'wait-for-job', ['--job', 'build', '--timeout', '-1s']],
      ['H88 a number in hexadecimal', 'list-jobs', ['--attempts', '0x5']],
      ['H88 a number that is none', 'list-jobs', ['--attempts', 'NaN']],
    ]),
  )('%s', async (_, name, argv, env = {}) => {
    const {code, stdout, stderr} = await runBundle(name, argv, {cwd: folder, env: {...job, ...env}})
    expect({code, said: stdout + stderr}).toEqual({code: 64, said: expect.not.stringMatching(/canary|\n +at /)})
    expect(readdirSync(folder)).toEqual([])
  })
})
