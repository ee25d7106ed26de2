import {mkdtempSync, rmSync} from 'node:fs'
import type {Socket} from 'node:net'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, afterEach, beforeAll, describe, expect, test} from '@jest/globals'
import {answer, ask, askAt, drip, type Answer} from '../support/raw-answers.ts'
import {closeServers, jsonAnswer, serveTcp} from '../support/servers.ts'
import {jobOf} from '../support/sequence.ts'

/** What a built command says of answers that are no answer of GitLab's API, and of those that HTTP writes in an unusual way. */
let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'jobside-pages-'))
})
afterEach(closeServers)
afterAll(() => rmSync(folder, {recursive: true, force: true}))

describe('a page where the API should be: the address is asked about', () => {
  const html = 'Content-Type: text/html\r\n'
  const page = '<!doctype html><html><title>Sign in</title></html>'
  test.each<[string, Answer, string, number]>([
    ['a page of status 200', answer('200 OK', html, page), 'list-jobs', 76],
    ['a page of status 404', answer('404 Not Found', html, page), 'list-jobs', 69],
    ['a text', answer('200 OK', 'Content-Type: text/plain\r\n', 'It works!'), 'list-jobs', 76],
    ['the sign-in page', answer('302 Found', 'Location: /users/sign_in\r\n'), 'list-jobs', 77],
    ['another page', answer('302 Found', 'Location: /explore\r\n'), 'list-jobs', 76],
    ['a page for the job itself', answer('200 OK', html, page), 'fetch-self', 76],
  ])('%s', async (_, last, command, code) => {
    const result = await ask(folder, [], {command, last})
    expect(result).toMatchObject({code, said: expect.stringMatching(/Is http:\S+\/api\/v4 the root of the API/)})
  })
})

describe('HTTP is read as it is written', () => {
  const body = JSON.stringify([jobOf({})])
  const chunked = `${body.length.toString(16)}\r\n${body}\r\n0\r\n`
  const whole = jsonAnswer([jobOf({})])
  test.each<[string, string]>([
    ['100 Continue before the answer', `HTTP/1.1 100 Continue\r\n\r\n${whole}`],
    [
      '100 and 103 before the answer',
      `HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n${whole}`,
    ],
    ['100 twice, with headers', `${'HTTP/1.1 100 Continue\r\nX: y\r\n\r\n'.repeat(2)}${whole}`],
    ['trailers', `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n${chunked}X-Sum: abc\r\n\r\n`],
    [
      'all of them',
      `HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X\r\n\r\n${chunked}X: y\r\n\r\n`,
    ],
  ])('%s', async (_, first) => {
    const once = (socket: Socket): void => void socket.write(first)
    expect(await ask(folder, [once])).toMatchObject({code: 0, requests: 1})
  })

  test('100 Continue that comes byte by byte', async () => {
    const result = await ask(folder, [drip(`HTTP/1.1 100 Continue\r\n\r\n${whole}`, 1)], {speed: 1})
    expect(result).toMatchObject({code: 0, requests: 1})
  })
})

test('an answer that drips is given up within the time of its request, each time', async () => {
  const [head = '', body = ''] = jsonAnswer([jobOf({name: 'x'.repeat(2_000)})]).split('\r\n\r\n')
  const slow = (socket: Socket): void => {
    socket.write(`${head}\r\n\r\n`)
    drip(body, 20)(socket)
  }
  const result = await ask(folder, [], {argv: ['--request-timeout', '10s', '--attempts', '2'], last: slow, speed: 20})
  expect(result).toMatchObject({code: 69, requests: 2, said: expect.stringContaining('did not come whole in time')})
  // By the clock of the command: ten seconds, a pause, and the next try.
  expect((result.seen[1] ?? 0) - (result.seen[0] ?? 0)).toBeLessThan(25)
})

test('a limit that is used up until 2030 does not hold a command for ever', async () => {
  const busy = answer('429 Too Many Requests', `Date: ${new Date().toUTCString()}\r\nRateLimit-Reset: 1893456000\r\n`)
  const result = await ask(folder, [busy])
  expect(result).toMatchObject({code: 0, requests: 2})
  expect((result.seen[1] ?? 0) - (result.seen[0] ?? 0)).toBeLessThan(30)
})

test('a server that keeps a job waiting is left before the job is killed, by every command', async () => {
  const silent = (): void => {}
  const env = {CI_JOB_TIMEOUT: '30', CI_JOB_STARTED_AT: new Date().toISOString()}
  const result = await askAt(folder, await serveTcp(silent), {
    command: 'list-jobs',
    argv: ['--request-timeout', '10m'],
    env: {...env, GITLAB_TOKEN: 'glpat-canary'},
    speed: 20,
  })
  expect(result).toMatchObject({code: 75, said: expect.stringContaining('The time of this job ran out')})
})
