import {execFile} from 'node:child_process'
import path from 'node:path'
import {promisify} from 'node:util'

const run = promisify(execFile)

/** How wide the terminal of the picture is, in columns. */
export const columns = 100

/** What `npm run demo` prints on a terminal of that width, with its colours. Rejects if the demo fails. */
export async function demoTranscript(root: string): Promise<string> {
  const env = {PATH: process.env['PATH'], COLUMNS: String(columns), FORCE_COLOR: '1'}
  const {stdout} = await run(process.execPath, [path.join(root, 'dist', 'sandbox.mjs'), 'demo'], {env, cwd: root})
  return normalised(stdout)
}

/** What differs from run to run, and nothing else: the port that the system has given, the time of day, and how long a real second took. */
export function normalised(text: string): string {
  return text
    .replace(/(http:\/\/127\.0\.0\.1):\d+/g, '$1:40123')
    .replace(/until \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ/g, 'until 2026-09-01T09:01:00Z')
    .replace(/(→ \w+ after) \d+m?s/g, '$1 1s')
    .replace(/Trying again in [\d.]+ s/g, 'Trying again in 0.5 s')
}
