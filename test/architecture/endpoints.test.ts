import {readFileSync} from 'node:fs'
import path from 'node:path'
import {expect, test} from '@jest/globals'
import {actions} from '../../actions/catalogue.ts'
import {houseTables} from '../../scripts/generate/tables.ts'
import {routes} from '../../src/gitlab/api/access.ts'

const apis = ['https://docs.gitlab.com/api/jobs/', 'https://docs.gitlab.com/api/job_artifacts/']
const rows = (houseTables(actions)['endpoints'] ?? '').split('\n').slice(2)
const ofApis = Object.values(routes).filter(({docs}) => apis.includes(docs))

test.each(ofApis.map(({method, path: route}) => `${method} ${route}`))(
  '%s has a command with a page of its own',
  (name) => {
    const row = rows.find((line) => line.includes(`\`${name}\``)) ?? ''
    const pages = [...row.matchAll(/\]\((actions\/[a-z-]+\/README\.md)\)/g)].map(([, page = '']) => page)
    expect(pages).not.toEqual([])
    for (const page of pages) {
      expect(readFileSync(path.resolve(import.meta.dirname, '..', '..', page), 'utf8')).toContain(name)
    }
  },
)

test('the table says for each route what a job token and an access token may, and since when', () => {
  for (const row of rows) expect(row.split(' | ').length).toBe(5)
  expect(rows.join('\n')).toContain('since 18.0, permission read_jobs | scope read_api, Reporter')
  expect(rows.find((row) => row.includes('artifacts/tree'))).toContain('| 18.8 |')
})
