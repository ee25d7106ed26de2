import {createHash} from 'node:crypto'
import {existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterEach, beforeEach, describe, expect, test} from '@jest/globals'
import {runBundle} from '../support/bundles.ts'
import {serveFiles} from '../support/file-server.ts'
import {closeServers} from '../support/servers.ts'
import {zip} from '../support/zip.ts'

/** The digest of an archive is made only where somebody sees it: on built bundles. */
let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'jobside-digest-'))
})
afterEach(async () => {
  await closeServers()
  rmSync(folder, {recursive: true, force: true})
})

const archive = zip([{name: 'dist/app.js', content: 'export {}\n'}])
const sha256 = createHash('sha256').update(archive).digest('hex')

type Place = readonly [argv: readonly string[], env?: Readonly<Record<string, string>>]

describe('the SHA-256 of what was unpacked is given to whoever reads outputs:', () => {
  const places: Readonly<Record<string, Place>> = {
    json: [['--json', 'result']],
    'json on standard output': [['--json', '-']],
    dotenv: [['--dotenv', 'result']],
    'chosen variables of a dotenv report': [['--dotenv', 'result', '--dotenv-outputs', 'sha256']],
    'one field': [['--field', 'sha256']],
    'shell assignments': [['--format', 'shell']],
    'later steps of the same job': [['--gitlab-env'], {GITLAB_ENV: 'result'}],
    'a GitLab Function': [['--output-file', 'result']],
    'a GitHub workflow': [[], {GITHUB_ACTIONS: 'true', GITHUB_OUTPUT: 'result'}],
  }
  const all = Object.entries(places).map(([name, place]) => [name, 'download-artifacts-by-ref', place] as const)
  test.each([...all, ['json of several jobs', 'download-artifacts', [['--json', 'result']]] as const])(
    '%s, by %s',
    async (_name, command, [argv, env]: Place) => {
      const server = await serveFiles((response) => void response.end(archive), {size: () => archive.length})
      const which = command === 'download-artifacts' ? ['--job-id', '201'] : ['--ref', 'main', '--job', 'build']
      const inFolder = Object.entries(env ?? {}).map(([name, value]) => [
        name,
        value === 'result' ? join(folder, value) : value,
      ])
      if (env) writeFileSync(join(folder, 'result'), '')
      const ended = await runBundle(command, [...which, '--path', 'out', ...argv], {
        cwd: folder,
        env: {...server.env, ...Object.fromEntries(inFolder)},
      })
      expect({code: ended.code, said: ended.stderr}).toMatchObject({code: 0})
      const result = join(folder, 'result')
      expect(existsSync(result) ? readFileSync(result, 'utf8') : ended.stdout).toContain(sha256)
      expect(readFileSync(join(folder, 'out', 'dist', 'app.js'), 'utf8')).toBe('export {}\n')
    },
  )
})
