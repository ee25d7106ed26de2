import {mkdtempSync} from 'node:fs'
import {tmpdir} from 'node:os'
import path from 'node:path'

/** Gives a run of the tests a temporary folder of its own, so that whatever a test leaves, also when it fails, goes with it. */
export default function setUp(): void {
  process.env['TMPDIR'] = mkdtempSync(path.join(tmpdir(), 'jobside-tests-'))
}
