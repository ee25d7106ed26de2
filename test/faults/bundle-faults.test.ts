import {readdirSync, rmSync} from 'node:fs'
import {join} from 'node:path'
import {afterAll, beforeAll, beforeEach, describe, expect, test} from '@jest/globals'
import type {Fault, FaultRule} from '../../src/sandbox/world/world-types.ts'
import {libraryFiles, openScene, pullByRef, treeOf, treeOfFiles, type Scene} from '../support/bundle-scene.ts'

/** Section 4 of the fault matrix on a built bundle: real sockets, real pauses between tries. */
let scene: Scene
beforeAll(async () => {
  scene = await openScene(undefined, {storage: 'redirect', version: '19.3'})
})
afterAll(() => scene.close())
beforeEach(() => {
  scene.setFaults([])
  scene.sandbox.clearRequests()
  rmSync(join(scene.folder, 'out'), {recursive: true, force: true})
})

const complete = treeOfFiles(libraryFiles)
const archive = 'GET /projects/*/jobs/artifacts/*/download'
const once = (fault: Fault, on = 'storage', times = 1): FaultRule => ({on, times, ...fault})
const pull = async (...more: readonly string[]) =>
  scene.run('download-artifacts-by-ref', [...pullByRef, '--path', 'out', '--request-timeout', '2s', ...more])
const answer = (status: number, headers: Record<string, string> = {}, body = ''): Fault => ({
  answer: {status, headers, body},
})

describe('a download survives, byte for byte,', () => {
  test.each<[string, readonly FaultRule[]]>([
    ['F08 a reset before the headers of the API', [once({reset: 'before'}, archive)]],
    ['F08 a reset before the headers of the store', [once({reset: 'before'})]],
    ['F10 a reset within the headers', [once({reset: 'headers'}, archive)]],
    ['F11 a reset at byte 1', [once({reset: {bytes: 1}})]],
    ['F11 a reset in the middle', [once({reset: {bytes: 9_000}})]],
    ['F12 a body shorter than announced', [once({cut: {bytes: 5_000}})]],
    ['F14 a body of unknown length that is cut', [once({close_delimited: {bytes: 5_000}})]],
    ['F15 a body longer than announced', [once({longer: {bytes: 100}})]],
    ['F19 a body that stalls', [once({stall: {bytes: 3_000, for: '20s'}})]],
    ['F25 two 502 and a 504', [once(answer(502), archive, 2), once(answer(504), archive)]],
    ['F26 a 500', [once(answer(500), archive)]],
    ['F27 a 408 and a 425', [once(answer(408), archive), once(answer(425), archive)]],
    ['F28 a 522', [once(answer(522), archive)]],
    ['F29 a 429 that asks for a second', [once(answer(429, {'Retry-After': '1'}), archive)]],
    ['F39 a store that cannot be reached', [once({redirect: {location: 'http://127.0.0.1:1/key'}}, archive)]],
    ['F40 an address that has expired', [once({expired_signature: true})]],
    ['F41 a store that asks to slow down', [once(answer(503, {}, '<Error><Code>SlowDown</Code></Error>'))]],
    ['F43 a store that ignores ranges', [once({ignore_range: true}, 'storage', 9), once({reset: {bytes: 9_000}})]],
    [
      'F44 another object between two tries, without a tag',
      [once({reset: {bytes: 9_000}}), once({etag: 'none'}, 'storage', 9)],
    ],
    [
      'F45 a part that begins elsewhere than asked',
      [once({reset: {bytes: 9_000}}), once(answer(206, {'Content-Range': 'bytes 5-9/100'}, 'hello'))],
    ],
    [
      'F45 a part without a range',
      [once({reset: {bytes: 9_000}}), once(answer(206, {'Content-Range': 'bytes */*'}, 'hello'))],
    ],
    [
      'F45 a part that is several parts',
      [
        once({reset: {bytes: 9_000}}),
        once(answer(206, {'Content-Type': 'multipart/byteranges; boundary=x'}, '--x\r\n\r\nhello\r\n--x--')),
      ],
    ],
    ['F55 a 403 as a web page', [once(answer(403, {'Content-Type': 'text/html'}, '<html>blocked</html>'), archive)]],
  ])('%s', async (_, faults) => {
    scene.setFaults(faults)
    const {code, stderr, stdout} = await pull()
    expect({code, tree: treeOf(join(scene.folder, 'out'))}).toEqual({code: 0, tree: complete})
    expect(stdout + stderr).not.toMatch(/glcbt-self|X-Amz-Signature|\bsig=/i)
    expect(readdirSync(scene.folder)).toEqual(['out'])
    expect(scene.sandbox.requests().some(({method}) => method === 'HEAD')).toBe(false)
  })

  test.each<[string, FaultRule]>([
    ['is reset', once({reset: {bytes: 9_000}})],
    ['stalls', once({stall: {bytes: 3_000, for: '20s'}})],
  ])('and when it %s tells that it is tried again', async (_, fault) => {
    scene.setFaults([fault])
    const {code, stderr, stdout} = await pull()
    expect(code).toBe(0)
    expect(stdout + stderr).toMatch(/The download broke off: [^.]+\. Trying again in 0\.\d s\./)
  })
})

describe('a download ends with nothing published and the exit code of', () => {
  test.each<[string, readonly FaultRule[], number, RegExp]>([
    ['F26 an answer that is final', [once(answer(501), archive, 9)], 76, /501/],
    [
      'F16 a coding nobody asked for',
      [once(answer(200, {'Content-Encoding': 'gzip'}, 'x'), 'storage', 99)],
      76,
      /compressed/,
    ],
    [
      'F38 a redirect in a circle',
      [once({redirect: {location: '/api/v4/projects/2/jobs/artifacts/main/download?job=build'}}, archive, 99)],
      76,
      /redirect/,
    ],
    [
      'F54 an archive that is not there',
      [once(answer(404, {'Content-Type': 'application/json'}, '{"message":"404 Not Found"}'), archive, 99)],
      66,
      /No artifacts of/,
    ],
    [
      'F55 a 403 of GitLab',
      [once(answer(403, {'Content-Type': 'application/json'}, '{"message":"403 Forbidden"}'), archive, 99)],
      77,
      /403/,
    ],
    [
      'F51 a token whose job has ended',
      [once(answer(401, {'Content-Type': 'application/json'}, '{"message":"401 Unauthorized"}'), archive, 99)],
      77,
      /job token|CI_JOB_TOKEN/i,
    ],

    ['F25 a gateway that stays away', [once(answer(502), archive, 99)], 69, /502/],
    ['F41 a store that stays slow', [once(answer(503), 'storage', 99)], 69, /503/],
    ['F44 an object that is another each time', [once({replace_object: true}, 'storage', 99)], 0, /./],
    [
      'H84 3,000 headers',
      [
        once(
          answer(200, Object.fromEntries(Array.from({length: 3_000}, (_, index) => [`x-${index}`, 'y'.repeat(40)]))),
          archive,
          9,
        ),
      ],
      69,
      /headers/,
    ],
    [
      'H55 a redirect to a file',
      [once({redirect: {location: 'file:///etc/passwd'}}, archive, 9)],
      76,
      /redirect|leads/i,
    ],
    [
      'H56 a redirect to a metadata address',
      [once({redirect: {location: 'http://169.254.169.254/latest/'}}, archive, 9)],
      76,
      /169\.254|metadata/i,
    ],
  ])('%s', async (_, faults, wanted, words) => {
    scene.setFaults(faults)
    const {code, stderr, stdout} = await pull('--attempts', '2')
    expect({code, said: stdout + stderr}).toEqual({code: wanted, said: expect.stringMatching(words)})
    expect(stdout + stderr).not.toMatch(/glcbt-self/)
    if (wanted !== 0) expect(readdirSync(scene.folder)).toEqual([])
  })
})

test('F39 F54 H54 the store never sees a credential, and HEAD is never sent', async () => {
  await pull()
  const stored = scene.sandbox.requests().filter(({origin}) => origin === 'storage')
  expect(stored.length).toBeGreaterThan(0)
  expect(
    stored.flatMap((request) =>
      Object.entries(request).filter(
        ([name, value]) =>
          /token|credential|authorization/i.test(name) &&
          value !== null &&
          !(Array.isArray(value) && value.length === 0),
      ),
    ),
  ).toEqual([])
})
