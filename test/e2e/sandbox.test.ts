import {hash} from 'node:crypto'
import {lstat, mkdtemp, readdir, readFile, readlink, rm, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import path from 'node:path'
import {createInterface} from 'node:readline'
import {afterAll, beforeAll, describe, expect, test} from '@jest/globals'
import {runBundle, startBundle} from '../support/bundles.ts'

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'jobside-sandbox-'))
})
afterAll(() => rm(folder, {recursive: true, force: true}))

describe('the sandbox as a program', () => {
  test('runs the main job in seconds and shows the wait, the changes, the download and the files', async () => {
    const kept = path.join(folder, 'kept')
    const {code, stdout} = await runBundle('sandbox', ['demo', '--keep', kept])
    expect(code).toBe(0)
    for (const part of [
      '$ wait-for-job',
      'pending → running',
      'running → success',
      'The download went on where it had broken off; the other origin saw no credential.',
      '$ download-artifacts-by-ref',
      '-rwxr-xr-x     20  bin/tool',
      'bin/latest -> tool',
      'dist/lib.js',
    ]) {
      expect(stdout).toContain(part)
    }
    expect((await lstat(path.join(kept, 'bin/tool'))).mode & 0o777).toBe(0o755)
    expect(await readlink(path.join(kept, 'bin/latest'))).toBe('tool')
    expect(await readFile(path.join(kept, 'dist/lib.js'), 'utf8')).not.toBe('')
  }, 60_000)

  test.each(['16.11', '13.3'])(
    'runs it as GitLab %s, where the wait is given an access token',
    async (version) => {
      const {code, stdout} = await runBundle('sandbox', ['demo', '--gitlab-version', version])
      expect({code, stdout}).toMatchObject({
        code: 0,
        stdout: expect.stringContaining('this command is given an access token'),
      })
      expect(stdout).toContain('each download with the job token and nothing else')
    },
    60_000,
  )

  test.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('on %s the demo ends with %d, says so, and leaves nothing behind', async (signal, expected) => {
    const place = await mkdtemp(path.join(folder, 'interrupted-'))
    const {code, stdout} = await runBundle('sandbox', ['demo'], {
      env: {TMPDIR: place},
      during: (child) =>
        child.stdout?.on('data', (chunk: Buffer) => chunk.toString().includes('Waiting for') && child.kill(signal)),
    })
    expect({code, stdout}).toEqual({code: expected, stdout: expect.stringContaining('The demo ends here.')})
    expect(await readdir(place)).toEqual([])
  })

  test.each(['SIGTERM', 'SIGINT'] as const)('says what to export, serves, and ends with 0 on %s', async (signal) => {
    const child = startBundle('sandbox', ['serve'])
    const exported: Record<string, string> = {}
    const lines = createInterface({input: child.stdout ?? process.stdin})
    for await (const line of lines) {
      const [, name = '', value = ''] = /^export (\w+)='?([^']*)'?$/.exec(line) ?? []
      if (name !== '') exported[name] = value
      if (name === 'GITLAB_TOKEN') break
    }
    const answer = await fetch(`${exported['CI_API_V4_URL']}/job`, {
      headers: {'JOB-TOKEN': exported['CI_JOB_TOKEN'] ?? ''},
    })
    expect([answer.status, ((await answer.json()) as {id: number}).id]).toEqual([200, Number(exported['CI_JOB_ID'])])
    const ended = new Promise((resolve) => child.on('close', resolve))
    child.kill(signal)
    expect(await ended).toBe(0)
  })

  test('tells where it is in one line of JSON when asked', async () => {
    const child = startBundle('sandbox', ['serve', '--json', '--gitlab-version', '18.0', '--storage', 'redirect'])
    const lines = createInterface({input: child.stdout ?? process.stdin})
    const line = await new Promise<string>((resolve) => lines.once('line', resolve))
    const told = JSON.parse(line) as {
      url: string
      api: string
      storage: string
      admin: string
      env: Record<string, string>
    }
    expect(told).toMatchObject({api: `${told.url}/api/v4`, admin: `${told.url}/-/sandbox`})
    expect(told.storage).not.toBe(told.url)
    expect(Object.keys(told.env)).toEqual(
      expect.arrayContaining([
        'CI_API_V4_URL',
        'CI_SERVER_URL',
        'CI_PROJECT_ID',
        'CI_PROJECT_PATH',
        'CI_PIPELINE_ID',
        'CI_JOB_ID',
        'CI_JOB_TOKEN',
        'GITLAB_TOKEN',
      ]),
    )
    // The page of one file: its policy names the script and the style as they were bundled.
    const page = await fetch(told.url)
    const text = await page.text()
    const digests = [/<script>(.*?)<\/script>/s, /<style>(.*?)<\/style>/s].map((pattern) =>
      hash('sha256', pattern.exec(text)?.[1] ?? '', 'base64'),
    )
    for (const digest of digests) expect(page.headers.get('content-security-policy')).toContain(`'sha256-${digest}'`)
    const ended = new Promise((resolve) => child.on('close', resolve))
    child.kill('SIGTERM')
    await ended
  })

  test('checks a world file and names every problem with its place', async () => {
    const file = path.join(folder, 'bad.yaml')
    await writeFile(
      file,
      'self: 9\nprojects:\n  - {id: 1, path: a/b, colour: red, pipelines: [{id: 1, ref: main, jobs: [{id: 2, name: x, status: nope}]}]}\n',
    )
    const {code, stdout, stderr} = await runBundle('sandbox', ['check', file])
    expect(code).toBe(64)
    for (const part of ['colour', 'projects', 'self', 'status']) expect(stdout + stderr).toContain(part)
  })

  test('lists its worlds, and refuses what it does not know', async () => {
    const worlds = await runBundle('sandbox', ['worlds'])
    expect([worlds.code, worlds.stdout.trim().split('\n').length >= 6]).toEqual([0, true])
    const {code, stderr} = await runBundle('sandbox', ['serve', '--prot', '7', '--storage', 'tape'])
    expect(code).toBe(64)
    expect(stderr).toContain('prot')
    expect(stderr).toContain('tape')
  })
})
