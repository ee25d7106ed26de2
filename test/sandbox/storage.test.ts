import {afterEach, beforeEach, expect, test} from '@jest/globals'
import type {Sandbox} from '../../src/sandbox/cli/sandbox.ts'
import {ask} from '../support/ask.ts'
import {startSandbox} from '../support/sandbox.ts'
import {credentials, world} from './world.ts'

let sandbox: Sandbox
beforeEach(async () => {
  sandbox = await startSandbox(world, {storage: 'redirect'})
})
afterEach(async () => sandbox.close())

async function signed(method = 'GET'): Promise<string> {
  const reply = await ask(sandbox, `${method} /projects/1/jobs/102/artifacts`, {headers: credentials['dev']})
  return reply.headers.get('location') ?? ''
}

test('the redirect leads to another origin, which serves the archive with a strong tag and ranges', async () => {
  const location = await signed()
  expect(new URL(location).origin).toBe(sandbox.storage)
  expect(new URL(location).origin).not.toBe(sandbox.url)
  const whole = await fetch(location)
  expect(whole.status).toBe(200)
  expect(whole.headers.get('etag')).toMatch(/^"[0-9a-f]{32}"$/)
  const part = await fetch(location, {headers: {range: 'bytes=2-5', 'if-range': whole.headers.get('etag') ?? ''}})
  expect([part.status, part.headers.get('content-length')]).toEqual([206, '4'])
  expect((await fetch(location, {headers: {'if-none-match': whole.headers.get('etag') ?? ''}})).status).toBe(304)
})

const refusal = async (response: Response) => [response.status, /<Code>(\w+)</.exec(await response.text())?.[1]]

test('the store answers its refusals in XML', async () => {
  const location = await signed()
  expect(await refusal(await fetch(location, {headers: {authorization: 'Bearer x'}}))).toEqual([400, 'InvalidArgument'])
  expect(await refusal(await fetch(location.replace(/Signature=../, 'Signature=00')))).toEqual([
    403,
    'SignatureDoesNotMatch',
  ])
  expect(await refusal(await fetch(location.split('?')[0] ?? ''))).toEqual([403, 'AccessDenied'])
  expect(await refusal(await fetch(location, {method: 'POST'}))).toEqual([405, 'MethodNotAllowed'])
  sandbox.advance('11m')
  const late = await fetch(location)
  expect(late.headers.get('content-type')).toBe('application/xml')
  expect(await refusal(late)).toEqual([403, 'AccessDenied'])
})

test('a signature is good for one method', async () => {
  expect((await fetch(await signed('HEAD'), {method: 'HEAD'})).status).toBe(200)
  expect((await fetch(await signed('GET'), {method: 'HEAD'})).status).toBe(403)
})

test('faults reach the store, and its signatures', async () => {
  sandbox.setFaults([{on: 'storage', times: 1, expired_signature: true}])
  const location = await signed()
  expect(await refusal(await fetch(location))).toEqual([403, 'AccessDenied'])
  expect((await fetch(location)).status).toBe(200)
  sandbox.setFaults([{on: 'GET /projects/*/jobs/*/artifacts', times: 1, expired_signature: true}])
  expect(await refusal(await fetch(await signed()))).toEqual([403, 'AccessDenied'])
})

test('the record tells who showed which credential, and never its value', async () => {
  const location = await signed()
  await fetch(location, {headers: {'JOB-TOKEN': 'glcbt-canary'}})
  await fetch(`${sandbox.api}/job?job_token=glcbt-canary&x=1`)
  const record = sandbox.requests()
  expect(record.map(({origin, credentials}) => [origin, credentials])).toEqual([
    ['api', ['private-token']],
    ['storage', ['job-token']],
    ['api', ['job_token']],
  ])
  expect(record.at(-1)?.query).toBe('job_token=[hidden]&x=1')
  expect(JSON.stringify(record)).not.toContain('canary')
})

test('a delivery network in front of the store has its own signature, and serves any method until it expires', async () => {
  await sandbox.close()
  sandbox = await startSandbox(world, {storage: 'cdn'})
  const location = await signed()
  expect(location).toMatch(/\/cdn\/.*\?Expires=\d+&KeyName=sandbox&Signature=/)
  const whole = await fetch(location, {headers: {authorization: 'Bearer x'}})
  expect([whole.status, whole.headers.get('accept-ranges')]).toEqual([200, 'bytes'])
  expect((await fetch(location, {method: 'HEAD'})).status).toBe(200)
  expect((await fetch(location.replace('Signature=', 'Signature=0'))).status).toBe(403)
  sandbox.advance('11m')
  expect((await fetch(location)).status).toBe(403)
})
