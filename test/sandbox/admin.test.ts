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
