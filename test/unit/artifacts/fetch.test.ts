import {mkdtempSync, readdirSync, readFileSync, rmSync, statSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterEach, beforeEach, describe, expect, test} from '@jest/globals'
import {fetchArtifacts} from '../../../src/artifacts/fetch.ts'
import {serveArchive} from '../../support/archive-server.ts'
import {zip} from '../../support/zip.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'fetch-'))
})
afterEach(() => rmSync(folder, {recursive: true, force: true}))

describe('fetchArtifacts', () => {
  test('unpacks a whole archive', async () => {
    const bytes = zip([
      {name: 'dist/'},
      {name: 'dist/a.txt', content: 'hello'},
      {name: 'bin/run', content: '#!', unixMode: 0o100755},
    ])
    const server = serveArchive(bytes)
    const result = await fetchArtifacts({
      open: server.open,
      destination: join(folder, 'out'),
      signal: new AbortController().signal,
    })
    expect(result).toMatchObject({files: 2, bytes: 7, way: 'range'})
    expect(readFileSync(join(folder, 'out/dist/a.txt'), 'utf8')).toBe('hello')
    expect(statSync(join(folder, 'out/bin/run')).mode & 0o777).toBe(0o755)
    expect(readdirSync(folder)).toEqual(['out'])
  })
})
