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
