import {rmSync} from 'node:fs'
import {tmpdir} from 'node:os'
import path from 'node:path'

/** Removes what `setUp` made, and nothing else. */
export default function tearDown(): void {
  const folder = tmpdir()
  if (path.basename(folder).startsWith('jobside-tests-')) rmSync(folder, {recursive: true, force: true, maxRetries: 3})
}
