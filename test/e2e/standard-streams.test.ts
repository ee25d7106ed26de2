import {execFile} from 'node:child_process'
import {mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import path from 'node:path'
import {promisify} from 'node:util'
import {afterAll, beforeAll, describe, expect, test} from '@jest/globals'
import {commandLine} from '../support/bundles.ts'

let folder = ''
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'jobside-streams-'))
})
afterAll(() => rmSync(folder, {recursive: true, force: true}))

/** What a shell prints of a line in which `"$@"` is a command of ours. */
async function shell(line: string, name: string, argv: readonly string[]): Promise<string> {
  const [program, args] = commandLine(name, argv, {})
  const env = {PATH: process.env['PATH']}
  const {stdout} = await promisify(execFile)('bash', ['-c', line, 'bash', program, ...args], {env, cwd: folder})
  return stdout
}

describe('what is written before anything is done', () => {
  let page = ''
  beforeAll(async () => {
    page = await shell('"$@" | cat', 'wait-for-job', ['--help'])
  })

  test('comes through a pipe that is full, once its reader reads', async () => {
    const seen = await shell('{ head -c 65536 /dev/zero; "$@"; } | { sleep 0.5; tail -c +65537; }', 'wait-for-job', [
      '--help',
    ])
    expect(page).toContain('Exit codes')
    expect(seen).toBe(page)
  })

  test('ends well where nobody reads', async () => {
    expect(await shell('"$@" | true; echo "${PIPESTATUS[0]}"', 'wait-for-job', ['--help'])).toBe('0\n')
  })

  test('goes to the end of a file, after what others wrote', async () => {
    const file = path.join(folder, 'log.txt')
    writeFileSync(file, 'before\n')
    await shell('{ echo first; "$@"; echo last; } >>log.txt 2>&1', 'wait-for-job', ['--version'])
    expect(readFileSync(file, 'utf8')).toMatch(/^before\nfirst\n\d+\.\d+\.\d+\nlast\n$/)
  })

  test('leaves the pipe as it was for the others who write to it', async () => {
    const seen = await shell('{ "$@" >/dev/stdout; grep flags /proc/self/fdinfo/1; } | tail -1', 'wait-for-job', [
      '--help',
    ])
    expect(Number.parseInt(seen.replace(/^flags:\s*/, ''), 8) & 0o4000).toBe(0)
  })

  test('is told once, with exit code 64, where an input is wrong', async () => {
    const seen = await shell('"$@" 2>&1 | cat; echo "${PIPESTATUS[0]}"', 'wait-for-job', ['--nope', 'x'])
    expect(seen.match(/nope/g)).toHaveLength(1)
    expect(seen).toMatch(/\n64\n$/)
  })
})
