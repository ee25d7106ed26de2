import {createHash, randomBytes} from 'node:crypto'
import {mkdtempSync, readFileSync, rmSync} from 'node:fs'
import type {IncomingMessage, ServerResponse} from 'node:http'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterEach, beforeEach, describe, expect, test} from '@jest/globals'
import {runBundle} from '../support/bundles.ts'
import {fastClock} from '../support/fast-clock.ts'
import {serveFiles} from '../support/file-server.ts'
import {closeServers} from '../support/servers.ts'
import {zip} from '../support/zip.ts'

/** What a built command asks for after a download has broken off, by the entity tag that the server gave (E9). */
let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'jobside-resume-'))
})
afterEach(async () => {
  await closeServers()
  rmSync(folder, {recursive: true, force: true})
})

const content = randomBytes(3 * 2 ** 20)
const archive = zip([{name: 'disk.img', content}])
/** What the newest GitLab gives to archives by ref, and what others give to the same bytes. */
const strong = `"${createHash('sha256').update(archive).digest('hex')}"`
const weak = `W/${strong}`

interface Asked {
  readonly range: string | undefined
  readonly ifRange: string | undefined
}

/** Serves the archive with its tag as RFC 9110 says; the connection is lost once, after two of its three mebibytes have been sent. */
async function serveBreaking(
  tag: string,
): Promise<{readonly asked: readonly Asked[]; readonly env: Record<string, string>}> {
  const asked: Asked[] = []
  let leftBytes = 2 * 2 ** 20
  const answer = (response: ServerResponse, {headers}: IncomingMessage): void => {
    const {range, 'if-range': ifRange} = headers as {readonly range?: string; readonly 'if-range'?: string}
    asked.push({range, ifRange})
    const [, from = '', to = ''] = /^bytes=(\d+)-(\d*)$/.exec(range ?? '') ?? []
    // Two weak tags never match where bytes are put together.
    const isPart = from !== '' && (ifRange === undefined || (ifRange === tag && !tag.startsWith('W/')))
    const [start, end] = isPart ? [Number(from), to === '' ? archive.length : Number(to) + 1] : [0, archive.length]
    const body = archive.subarray(start, end)
    response.writeHead(isPart ? 206 : 200, {
      'content-type': 'application/zip',
      'content-length': body.length,
      etag: tag,
      ...(isPart ? {'content-range': `bytes ${start}-${start + body.length - 1}/${archive.length}`} : {}),
    })
    if (leftBytes < 0 || body.length <= leftBytes) {
      leftBytes -= leftBytes < 0 ? 0 : body.length
      return void response.end(body)
    }
    response.write(body.subarray(0, leftBytes), () => response.destroy())
    leftBytes = -1
  }
  const {env} = await serveFiles(answer, {size: () => archive.length})
  return {asked, env}
}

async function pull(env: Readonly<Record<string, string>>, ...more: readonly string[]) {
  const argv = ['--ref', 'main', '--job', 'build', ...more]
  const clocks = mkdtempSync(join(folder, 'clocks-'))
  const run = await runBundle('download-artifacts-by-ref', argv, {cwd: folder, env, nodeOptions: fastClock(clocks, 20)})
  expect([run.code, run.stdout + run.stderr]).toEqual([0, expect.stringContaining('broke off')])
}

describe('an archive by ref that breaks off', () => {
  const whole = ['--unpack=false', '--path', 'kept.zip']
  const kept = (): Buffer => readFileSync(join(folder, 'kept.zip'))

  test('and has a strong tag goes on where it was, if it is still the same', async () => {
    const {asked, env} = await serveBreaking(strong)
    await pull(env, ...whole)
    expect(asked).toEqual([
      {range: undefined, ifRange: undefined},
      {range: expect.stringMatching(/^bytes=[1-9]\d*-$/), ifRange: strong},
    ])
    expect(kept().equals(archive)).toBe(true)
  })

  test('and has a weak tag is asked for from its beginning', async () => {
    const {asked, env} = await serveBreaking(weak)
    await pull(env, ...whole)
    expect(asked).toEqual([
      {range: undefined, ifRange: undefined},
      {range: undefined, ifRange: undefined},
    ])
    expect(kept().equals(archive)).toBe(true)
  })

  test.each([
    ['strong', strong, [strong]],
    ['weak', weak, []],
  ])('while it is unpacked by parts, with a %s tag, comes out whole', async (_, tag, sent) => {
    const {asked, env} = await serveBreaking(tag)
    await pull(env, '--path', 'out')
    expect([...new Set(asked.map(({ifRange}) => ifRange))].filter((given) => given !== undefined)).toEqual(sent)
    expect(readFileSync(join(folder, 'out', 'disk.img')).equals(content)).toBe(true)
  })
})
