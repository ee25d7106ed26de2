import {expect} from '@jest/globals'
import {entriesOf} from './disk-tree.ts'
import type {HostileRun} from './hostile-scene.ts'

/** The documented exit code of an archive that cannot be trusted. */
const untrusted = 76

/**
 * Fails unless a run ended as a refusal must: the exit code, one line that tells why and holds nothing a terminal would act on, no stack, and
 * the destination, the folders around it and the temporary folder byte for byte as they were.
 */
export function expectRefused(run: HostileRun, why: string): void {
  const said = run.stdout + run.stderr
  expect({code: run.code, signal: run.signal, said}).toMatchObject({code: untrusted, signal: null})
  expect(said).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028-\u202e]/)
  expect(said).not.toMatch(/\n\s+at |TypeError|RangeError|please report/i)
  const told = said.split('\n').filter((line) => line.startsWith('error: '))
  // What is no archive at all may be told as what it is.
  expect(told).toEqual([expect.stringMatching(/The archive is refused: |with a web page in place of the archive/)])
  expect(told[0]).toContain(why)
  expect(entriesOf(run.after)).toEqual(entriesOf(run.before))
}
