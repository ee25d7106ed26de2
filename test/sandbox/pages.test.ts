import {afterEach, beforeEach, describe, expect, test} from '@jest/globals'
import type {Sandbox} from '../../src/sandbox/cli/sandbox.ts'
import type {JobFile, WorldFile} from '../../src/sandbox/world/world-types.ts'
import {ask, type Reply} from '../support/ask.ts'
import {startSandbox} from '../support/sandbox.ts'
import {items, type Item} from './pages/items.ts'
import {unknownTo, type Kind} from './pages/shapes.ts'

const failed: Pick<JobFile, 'status' | 'log' | 'tags'> = {
  status: 'failed',
  log: 'bad\n',
  tags: ['ubuntu18', 'docker runner'],
}
const artifacts = {files: {'a.txt': 'a\n'}, reports: ['junit'], when: 'always', expire_in: '30d'} as const
const world: WorldFile = {
  self: 8,
  users: [{id: 1, username: 'root', name: 'Administrator', tokens: [{token: 'glpat-root'}]}],
  projects: [
    {
      id: 1,
      path: 'grp/app',
      members: {root: 'maintainer'},
      agents: [{id: 1, config_project: 'grp/app'}],
      pipelines: [
        {
          id: 6,
          jobs: [
            {...failed, id: 6, name: 'rspec:other', artifacts: {reports: ['junit'], when: 'always', expire_in: '30d'}},
            {...failed, id: 7, name: 'teaspoon', artifacts},
            {id: 8, name: 'rubocop', status: 'running', token: 'glcbt-own'},
            {id: 41, name: 'stopped', status: 'canceled', retried_by: 42},
            {id: 42, name: 'stopped', status: 'canceled'},
            {id: 43, name: 'runs', status: 'running'},
            {id: 44, name: 'done', status: 'success', log: 'x\n'},
            {id: 45, name: 'by hand', status: 'manual'},
          ],
          bridges: [{id: 50, name: 'down', status: 'success', downstream: 5}],
        },
        {
          id: 5,
          parent: 6,
          jobs: [{...failed, id: 4, name: 'child', artifacts: {reports: ['junit'], when: 'always', expire_in: '1d'}}],
        },
        {id: 9, ref: 'v1', tag: true, jobs: [{id: 3, name: 'pack', status: 'success', artifacts}]},
      ],
    },
  ],
}

let sandbox: Sandbox
const answer = async ({as, ask: request, body}: Item): Promise<Reply> =>
  ask(sandbox, request, {headers: as === 'job' ? {'job-token': 'glcbt-own'} : {'private-token': 'glpat-root'}, body})

describe.each([...new Set(items.map(({page}) => page))])("GitLab's page of the Jobs API, %s", (page) => {
  beforeEach(async () => {
    sandbox = await startSandbox(world, {version: page})
  })
  afterEach(async () => sandbox.close())

  test.each(items.filter((item) => item.page === page).map((item) => [item.item, item] as const))(
    '%s',
    async (_, item) => {
      const reply = await answer(item)
      expect(reply.status).toBe(item.status ?? 200)
      if (item.text !== undefined) expect(reply.text).toBe(item.text)
      if (item.ids) expect((reply.json as {id: number}[]).map(({id}) => id)).toEqual(ordered(item, item.ids))
      if (item.example === undefined) return
      expect(differences(item.example, reply.json, '')).toEqual([])
      expect(keysOf(reply.json).filter((key) => unknownTo[page]?.includes(key))).toEqual([])
    },
  )
})

/** Until 13.5 the list of a pipeline began with its oldest jobs, and had the retried ones. */
function ordered({page, ask: request}: Item, ids: readonly number[]): readonly number[] {
  return page === '13.3' && request.includes('/pipelines/6/jobs?scope[]=canceled') ? [41, 42] : ids
}

test('an example notices each key that is taken out of its answer, and each value of another kind', async () => {
  sandbox = await startSandbox(world, {version: '18.0'})
  const found = items.filter(({page, example, ask: request}) => page === '18.0' && example && request.startsWith('GET'))
  expect(found.length).toBeGreaterThan(6)
  for (const item of found) {
    const whole = (await answer(item)).json
    for (const path of pathsOf(item.example)) {
      expect({path, found: differences(item.example ?? 'null', without(whole, path), '').length}).toEqual({
        path,
        found: expect.any(Number),
      })
      expect(differences(item.example ?? 'null', without(whole, path), '')).not.toEqual([])
    }
  }
  await sandbox.close()
})

/** Each key that is missing, and each value of another kind, by its path. */
function differences(kind: Kind, value: unknown, place: string): readonly string[] {
  if (kind === 'null' || (value === null && place !== ''))
    return value === undefined ? [`${place} is missing`] : nullProblem(kind, value, place)
  if (typeof kind === 'string') {
    const kinds = {text: 'string', number: 'number', flag: 'boolean'} as const
    return typeof value === kinds[kind] ? [] : [`${place} is ${value === undefined ? 'missing' : `no ${kind}`}`]
  }
  if (Array.isArray(kind)) {
    if (!Array.isArray(value)) return [`${place} is no list`]
    return value.flatMap((item: unknown, index) => differences((kind as readonly [Kind])[0], item, `${place}/${index}`))
  }
  if (typeof value !== 'object' || value === null) return [`${place} is no object`]
  return Object.entries(kind as Readonly<Record<string, Kind>>).flatMap(([key, inner]) =>
    differences(inner, (value as Readonly<Record<string, unknown>>)[key], `${place}/${key}`),
  )
}

const nullProblem = (kind: Kind, value: unknown, place: string): readonly string[] =>
  value === null && kind !== 'null' ? [`${place} is null`] : []

function pathsOf(kind: Kind | undefined): readonly (readonly string[])[] {
  if (kind === undefined || typeof kind === 'string') return []
  if (Array.isArray(kind)) return pathsOf((kind as readonly [Kind])[0]).map((path) => ['0', ...path])
  return Object.entries(kind as Readonly<Record<string, Kind>>).flatMap(([key, inner]) => [
    [key],
    ...pathsOf(inner).map((path) => [key, ...path]),
  ])
}

function without(value: unknown, [key = '', ...rest]: readonly string[]): unknown {
  const copy = (Array.isArray(value) ? [...(value as unknown[])] : {...(value as object)}) as Record<string, unknown>
  if (rest.length > 0) copy[key] = without(copy[key], rest)
  else delete copy[key]
  return copy
}

function keysOf(value: unknown): readonly string[] {
  if (Array.isArray(value)) return value.flatMap(keysOf)
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, inner]) => [key, ...keysOf(inner)])
}
