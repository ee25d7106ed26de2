import {connect} from 'node:net'
import {afterEach, beforeEach, expect, test} from '@jest/globals'
import type {Sandbox} from '../../src/sandbox/cli/sandbox.ts'
import {startSandbox} from '../support/sandbox.ts'

let sandbox: Sandbox
beforeEach(async () => {
  sandbox = await startSandbox('main')
})
afterEach(async () => sandbox.close())

async function admin(request: string, body?: unknown): Promise<{status: number; json: unknown}> {
  const [method = '', path = ''] = request.split(' ')
  const response = await fetch(`${sandbox.admin}${path}`, {
    method,
    ...(body !== undefined && {body: JSON.stringify(body)}),
  })
  const text = await response.text()
  return {status: response.status, json: text === '' ? undefined : JSON.parse(text)}
}

test('the record is read and forgotten, and admin requests are not in it', async () => {
  await fetch(`${sandbox.api}/job`)
  expect((await admin('GET /requests')).json).toMatchObject([{method: 'GET', path: '/api/v4/job', status: 401}])
  expect((await admin('DELETE /requests')).status).toBe(204)
  expect((await admin('GET /requests')).json).toEqual([])
})

test('the clock moves, and the jobs with it', async () => {
  expect(await admin('POST /clock', {advance: '10s'})).toEqual({status: 200, json: {now: '2026-09-01T09:00:10.000Z'}})
  expect((await admin('GET /world')).json).toMatchObject({
    projects: [{}, {pipelines: [{jobs: [{id: 201, status: 'success'}]}]}],
  })
  expect((await admin('POST /clock', {advance: 'soon'})).status).toBe(400)
})

test('a job is moved by the rules, and told why when it cannot', async () => {
  expect(await admin('PATCH /jobs/201', {status: 'running', log: 'x'})).toEqual({
    status: 200,
    json: {id: 201, status: 'running'},
  })
  expect(await admin('PATCH /jobs/201', {status: 'manual'})).toEqual({
    status: 409,
    json: {message: 'Job 201 is running and cannot become manual'},
  })
  expect((await admin('PATCH /jobs/201', {name: 'x'})).status).toBe(409)
  expect((await admin('PATCH /jobs/9', {status: 'running'})).status).toBe(404)
})

test('fault rules are replaced, or refused with their places', async () => {
  expect((await admin('PUT /faults', [{on: 'GET /job', answer: {status: 503}}])).status).toBe(200)
  expect((await fetch(`${sandbox.api}/job`)).status).toBe(503)
  expect((await admin('PUT /faults', [])).status).toBe(200)
  expect((await fetch(`${sandbox.api}/job`)).status).toBe(401)
  expect(await admin('PUT /faults', [{on: 'x', cut: {}}])).toMatchObject({
    status: 400,
    json: {message: [expect.stringContaining('/0/cut')]},
  })
})

test('an archive is attached to a job that runs, and downloaded', async () => {
  const files = {'dist/a.js': 'a()', run: {text: '#!/bin/sh', mode: '0755'}}
  expect(await admin('PUT /jobs/101/artifacts', {name: 'late', files})).toEqual({
    status: 200,
    json: {id: 101, archive: 'late.zip'},
  })
  const archive = await fetch(`${sandbox.api}/projects/1/jobs/101/artifacts/dist/a.js`, {
    headers: {'job-token': 'glcbt-self'},
  })
  expect(await archive.text()).toBe('a()')
  expect((await admin('PUT /jobs/9/artifacts', {files})).status).toBe(404)
  expect(await admin('PUT /jobs/101/artifacts', {fils: {}})).toMatchObject({
    status: 400,
    json: {message: ['/fils: there is no such key']},
  })
})

test('a pipeline is added from a template, and lives', async () => {
  const template = {jobs: [{name: 'x', timeline: [{after: '1s', status: 'success'}], artifacts: {files: {a: 'a'}}}]}
  const started = await admin('POST /projects/grp%2Flib/pipelines', {
    ref: 'main',
    source: 'schedule',
    user: 'maint',
    template,
  })
  expect(started).toMatchObject({status: 201, json: {id: 22, jobs: [{name: 'x'}]}})
  await admin('POST /clock', {advance: '1s'})
  await admin('POST /clock', {advance: '1s'})
  expect((await admin('GET /world')).json).toMatchObject({
    projects: [{}, {pipelines: [{}, {id: 22, source: 'schedule', status: 'success', user: 'maint'}]}],
  })
  expect((await admin('POST /projects/2/pipelines')).status).toBe(409)
  expect((await admin('POST /projects/77/pipelines')).status).toBe(404)
  expect((await admin('POST /projects/2/pipelines', {user: 'nobody', template})).status).toBe(400)
})

test('what is no admin route, or no JSON, is refused', async () => {
  expect((await admin('GET /nothing')).status).toBe(404)
  expect((await fetch(`${sandbox.admin}/clock`, {method: 'POST', body: '{'})).status).toBe(400)
})

test('a client that hangs up while sending does no harm', async () => {
  for (const path of ['/-/sandbox/clock', '/api/v4/projects/1/jobs/102/play']) {
    const socket = connect(Number(new URL(sandbox.url).port), '127.0.0.1')
    await new Promise<void>((resolve) => {
      socket.write(`POST ${path} HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\n{`, () => resolve())
    })
    socket.resetAndDestroy()
  }
  expect((await admin('GET /world')).status).toBe(200)
})
