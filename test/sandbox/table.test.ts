import {afterAll, describe, expect, test} from '@jest/globals'
import type {Sandbox} from '../../src/sandbox/cli/sandbox.ts'
import {ask, type Reply} from '../support/ask.ts'
import {startSandbox} from '../support/sandbox.ts'
import {ageRows} from './rows/ages.ts'
import {artifactRows} from './rows/artifacts.ts'
import {jobRows} from './rows/jobs.ts'
import {listRows} from './rows/lists.ts'
import {rightsRows} from './rows/rights.ts'
import type {Row} from './rows/row.ts'
import {tokenRows} from './rows/tokens.ts'
import {credentials, world} from './world.ts'

const tables = {
  tokens: tokenRows,
  lists: listRows,
  jobs: jobRows,
  artifacts: artifactRows,
  rights: rightsRows,
  ages: ageRows,
}

test('the tables have at least 250 rows, and no row twice', () => {
  const rows = Object.values(tables).flat()
  expect(rows.length).toBeGreaterThanOrEqual(250)
  const names = rows.map((row) => JSON.stringify(row))
  expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([])
})

describe.each(Object.entries(tables))('GitLab answers %s', (_, rows) => {
  test.each(rows.map((row) => [nameOf(row), row] as const))('%s', async (_, row) => {
    const headers = {...credentials[row.as], ...row.with}
    check(row, await ask(await sandboxFor(row), row.ask, {headers, body: row.send}))
  })
})

const running = new Map<string, Promise<Sandbox>>()

afterAll(async () => {
  for (const sandbox of running.values()) await (await sandbox).close()
})

/** Rows that only read share a sandbox; one that changes the world has its own. */
async function sandboxFor(row: Row): Promise<Sandbox> {
  const reads = row.ask.startsWith('GET ') || row.ask.startsWith('HEAD ')
  const key = JSON.stringify([row.world, row.version, row.options, reads ? '' : running.size])
  const known = running.get(key) ?? startSandbox(row.world ?? world, {...row.options, version: row.version})
  running.set(key, known)
  return known
}

function nameOf({as, ask: request, status, version, options, send, world: other}: Row): string {
  const where = [version, options?.storage, other && 'another world', send && JSON.stringify(send)].filter(Boolean)
  return `${as}: ${request}${where.length > 0 ? ` (${where.join(', ')})` : ''} is ${status}`
}

function check(row: Row, reply: Reply): void {
  expect({status: reply.status, ...(reply.status !== row.status && {body: reply.text.slice(0, 300)})}).toEqual({
    status: row.status,
  })
  if (row.json && reply.status >= 400) expect(reply.json).toEqual(row.json)
  else if (row.json) expect(reply.json).toMatchObject(row.json)
  if (row.ids) expect((reply.json as readonly {id: number}[]).map(({id}) => id)).toEqual(row.ids)
  if (row.text !== undefined) expect(reply.text).toBe(row.text)
  for (const key of row.lacks ?? []) expect(reply.json).not.toHaveProperty(key)
  for (const [name, wanted] of Object.entries(row.headers ?? {})) {
    const value = reply.headers.get(name)
    if (wanted instanceof RegExp) expect(value).toMatch(wanted)
    else expect({[name]: value}).toEqual({[name]: wanted})
  }
}
