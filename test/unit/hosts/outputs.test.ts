import {chmodSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import path from 'node:path'
import {beforeEach, describe, expect, test} from '@jest/globals'
import {output} from '../../../src/command/action.ts'
import {annotationsReport} from '../../../src/hosts/annotations.ts'
import {functionOutputs, functionType} from '../../../src/hosts/gitlab-function.ts'
import {memoryHost} from '../../support/memory-stream.ts'
import {sample} from '../../support/sample-action.ts'

const values = {jobId: 7, jobName: 'build: [a, b]\n::evil::', waited: 1.5, found: true, jobs: [{id: 7}]}
let cwd = ''
beforeEach(() => {
  cwd = mkdtempSync(path.join(tmpdir(), 'jobside-outputs-'))
})
const read = (file: string) => readFileSync(path.join(cwd, file), 'utf8')

describe('the files asked for', () => {
  test('are written whole, in new folders too, with nothing left beside them', async () => {
    const {host, stdout} = await memoryHost({GITLAB_CI: 'true', NO_COLOR: '1'}, {cwd})
    writeFileSync(path.join(cwd, 'a.env'), 'A=1\n')
    await host.outputs(sample.outputs, values, {dotenv: 'a.env', json: 'new/folder/a.json', outputPrefix: 'UP_'})
    expect(read('a.env')).toBe('A=1\nUP_JOB_ID=7\nUP_JOB_NAME=\nUP_WAITED=1.5\nUP_FOUND=true\nUP_WEB_URL=\n')
    expect(JSON.parse(read('new/folder/a.json'))).toEqual({
      job_id: 7,
      job_name: values.jobName,
      waited: 1.5,
      found: true,
      jobs: [{id: 7}],
      web_url: null,
    })
    expect(readdirSync(cwd).sort()).toEqual(['a.env', 'new'])
    expect(stdout()).toContain('warning: UP_JOB_NAME is empty')
  })

  test('may be standard output for JSON', async () => {
    const {host, stdout, stderr} = await memoryHost({}, {cwd})
    host.narrateTo('stderr')
    host.log.info('narrative')
    await host.outputs(sample.outputs, values, {json: '-'})
    expect(JSON.parse(stdout())).toMatchObject({job_id: 7})
    expect(stderr()).toBe('narrative\n')
  })

  test('hold no secret, however deep', async () => {
    const {host} = await memoryHost({}, {cwd})
    host.mask(['s3cret-value'])
    const told = {...values, jobName: 'a s3cret-value', jobs: [{name: ['s3cret-value']}]}
    await host.outputs(sample.outputs, told, {dotenv: 'a.env', json: 'a.json'})
    expect(read('a.env') + read('a.json')).not.toContain('s3cret')
  })

  test('that cannot be written end in exit code 73, and the old file stays', async () => {
    const {host} = await memoryHost({}, {cwd})
    mkdirSync(path.join(cwd, 'folder'))
    await expect(host.outputs(sample.outputs, values, {json: 'folder'})).rejects.toMatchObject({exitCode: 73})
    expect(readdirSync(cwd)).toEqual(['folder'])
  })

  test('include GITLAB_ENV, or say that it is missing', async () => {
    const file = path.join(cwd, 'gitlab-env')
    await (
      await memoryHost({GITLAB_ENV: file})
    ).host.outputs(sample.outputs, {...values, jobName: '$x'}, {gitlabEnv: true})
    expect(readFileSync(file, 'utf8')).toBe('JOB_ID=7\nJOB_NAME=$x\nWAITED=1.5\nFOUND=true\nWEB_URL=\n')
    const {host, stdout} = await memoryHost({})
    await host.outputs(sample.outputs, values, {gitlabEnv: true})
    expect(stdout()).toMatch(/^warning: GITLAB_ENV is not set/)
  })
})

describe('an annotations report', () => {
  const link = (label: string, url: string) => ({external_link: {label, url}})
  const parsed = (known: Record<string, unknown>, existing?: string): unknown =>
    JSON.parse(annotationsReport(known, existing)?.text ?? 'null')

  test('links to the job, once, and keeps other links', () => {
    const known = {jobName: 'build', webUrl: 'https://h/g/p/-/jobs/7'}
    const first = annotationsReport(
      known,
      '{"mine": [1], "jobside": [{"external_link": {"label": "x", "url": "https://h/8"}}]}',
    )?.text
    const all = {mine: [1], jobside: [link('build', 'https://h/g/p/-/jobs/7'), link('x', 'https://h/8')]}
    expect([JSON.parse(first ?? ''), parsed(known, first)]).toEqual([all, all])
  })

  test('links to each of several jobs, with its status', () => {
    const job = (id: number) => ({id, name: 'b', label: `b ${id}`, status: 'success', web_url: `https://h/${id}`})
    expect(parsed({jobs: [job(1), job(2)], webUrl: 'https://h/2', jobName: 'b'})).toEqual({
      jobside: [link('b 1: success', 'https://h/1'), link('b 2: success', 'https://h/2')],
    })
  })

  test.each(['javascript:alert(1)', 'not a url', '', undefined, 7])('never links to %j', (webUrl) => {
    expect(annotationsReport({webUrl})).toBeUndefined()
  })

  test.each(['', 'not JSON', '[]', '7', '{"jobside": 7}'])('replaces what is no report: %j', (existing) => {
    expect(parsed({webUrl: 'https://h/7'}, existing)).toEqual({jobside: [link('Job', 'https://h/7')]})
  })
})

describe('a GitLab Function', () => {
  test('gets typed outputs, a line each, without those unknown', async () => {
    const {host} = await memoryHost({}, {argv: ['--output-file', 'out.jsonl', '--wait'], cwd})
    await host.outputs(sample.outputs, values, {})
    expect(host.kind).toBe('gitlab-function')
    expect(
      read('out.jsonl')
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as unknown),
    ).toEqual([
      {name: 'job_id', value: 7},
      {name: 'job_name', value: values.jobName},
      {name: 'waited', value: 1.5},
      {name: 'found', value: true},
      {name: 'jobs', value: '[{"id":7}]'},
    ])
  })

  test('gets only values of the type that its manifest declares', () => {
    const {lines} = functionOutputs(sample.outputs, {...values, webUrl: 'https://h'})
    for (const line of lines.trimEnd().split('\n')) {
      const {name, value} = JSON.parse(line) as {name: string; value: unknown}
      const camel = name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase()) as keyof typeof sample.outputs
      expect(typeof value).toBe(functionType(sample.outputs[camel]).type)
    }
  })

  test('gets no line that its reader would choke on', () => {
    const {lines, warnings} = functionOutputs({jobs: output.json('All')}, {jobs: 'x'.repeat(70_000)})
    expect([lines, warnings.length]).toEqual(['', 1])
  })

  test('whose output file cannot be written ends in exit code 73', async () => {
    chmodSync(cwd, 0o700)
    const {host} = await memoryHost({}, {argv: [`--output-file=${path.join(cwd, 'missing', 'out')}`], cwd})
    await expect(host.outputs(sample.outputs, values, {})).rejects.toMatchObject({exitCode: 73})
  })
})
