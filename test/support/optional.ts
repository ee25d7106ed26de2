import {test} from '@jest/globals'

/**
 * `test` where what it needs is there; elsewhere a test that is skipped with the reason in its name, so that the closing line counts it.
 * `missing` is undefined when nothing is missing.
 */
export function testUnless(
  missing: string | undefined,
): (name: string, body: () => Promise<void> | void, timeout?: number) => void {
  if (missing === undefined) return test
  const skipped = test['skip']
  return (name, body, timeout) => {
    skipped(`${name} [SKIPPED: ${missing}]`, body, timeout)
  }
}

/** Of rows whose first cell begins with the id of a row of the matrices, one of each id; with JOBSIDE_LONG=1 all. */
export function oneOfEach<T extends readonly [name: string, ...unknown[]]>(rows: readonly T[]): readonly T[] {
  if (process.env['JOBSIDE_LONG'] === '1') return rows
  const idOf = ([name]: T): string => /^[FH]\d\d/.exec(name)?.[0] ?? name
  return rows.filter((row) => rows.find((other) => idOf(other) === idOf(row)) === row)
}
