import {afterEach, beforeEach, expect, test} from '@jest/globals'
import type {Sandbox} from '../../src/sandbox/cli/sandbox.ts'
import {ask} from '../support/ask.ts'
import {startSandbox} from '../support/sandbox.ts'

let sandbox: Sandbox
beforeEach(async () => {
  sandbox = await startSandbox(`
self: 104
users: [{id: 1, username: dev, tokens: [{token: glpat-dev}]}, {id: 2, username: gus, tokens: [{token: glpat-gus}]}]
projects:
  - id: 1
    path: grp/app
    members: {dev: developer, gus: guest}
    generic_packages: {tool/1.0/tool.txt: "tool\\n"}
    pipelines:
      - id: 11
        jobs:
          - {id: 101, name: a, status: success, environment: {name: production, tier: production}}
          - {id: 102, name: b, status: failed, environment: {name: review/a}}
          - {id: 103, name: c, status: running, environment: {name: production, tier: production}}
          - {id: 104, name: d, status: running, token: glcbt-self}
`)
})
afterEach(async () => sandbox.close())

const dev = {'private-token': 'glpat-dev'}
const get = async (path: string, headers: Readonly<Record<string, string>> = dev) =>
  ask(sandbox, `GET /projects/1${path}`, {headers})

test('environments are those that jobs name, with what was last deployed there', async () => {
  expect((await get('/environments')).json).toMatchObject([
    {id: 1, name: 'production', tier: 'production', state: 'available'},
    {id: 2, name: 'review/a', slug: 'review-a'},
  ])
  expect((await get('/environments?name=review%2Fa')).json).toMatchObject([{id: 2}])
  expect((await get('/environments/1')).json).toMatchObject({last_deployment: {id: 101, status: 'success'}})
  expect((await get('/environments/9')).status).toBe(404)
  expect((await get('/environments', {})).status).toBe(401)
  expect((await get('/environments', {'private-token': 'glpat-gus'})).status).toBe(403)
})

test('deployments follow their jobs', async () => {
  expect((await get('/deployments?environment=production&sort=desc')).json).toMatchObject([
    {id: 103, status: 'running', environment: {name: 'production'}, deployable: {id: 103}},
    {id: 101, status: 'success'},
  ])
  expect((await get('/deployments?status=failed')).json).toMatchObject([{id: 102}])
  expect((await get('/deployments?status=odd')).json).toEqual({error: 'status does not have a valid value'})
  sandbox.patchJob(103, {status: 'success'})
  expect((await get('/environments/1')).json).toMatchObject({last_deployment: {id: 103}})
})

test('a package file goes up with the job token and comes down again, by its checksum', async () => {
  const url = `${sandbox.api}/projects/1/packages/generic/lib/2.0/lib.bin`
  const up = await fetch(url, {method: 'PUT', body: Buffer.from([1, 2, 3]), headers: {'job-token': 'glcbt-self'}})
  expect([up.status, await up.json()]).toEqual([201, {message: '201 Created'}])
  const down = await fetch(url, {headers: {'job-token': 'glcbt-self'}})
  expect([down.status, Buffer.from(await down.arrayBuffer())]).toEqual([200, Buffer.from([1, 2, 3])])
  expect(down.headers.get('x-checksum-sha256')).toMatch(/^[0-9a-f]{64}$/)
  expect((await get('/packages/generic/tool/1.0/tool.txt')).text).toBe('tool\n')
  expect((await get('/packages/generic/tool/1.1/tool.txt')).json).toEqual({message: '404 Not found'})
  expect((await fetch(url, {method: 'PUT', body: 'x', headers: {'private-token': 'glpat-gus'}})).status).toBe(403)
  expect((await fetch(url, {method: 'PUT', body: 'x'})).status).toBe(401)
})
