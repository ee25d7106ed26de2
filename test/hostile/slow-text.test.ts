import {describe, expect, test} from '@jest/globals'
import {clean, cleanLogLines} from '../../src/base/clean.ts'
import {readJson} from '../../src/gitlab/http/answer.ts'
import {nextStep} from '../../src/gitlab/http/next-page.ts'
import {createRedactor} from '../../src/hosts/redact.ts'

/** So long that anything which grows with the square of the length would take minutes, and run into the limit of the test. */
const length = 2 ** 20
const limitMs = 20_000
const fill = (piece: string, end = ''): string => piece.repeat(Math.floor(length / piece.length)) + end

describe('no text takes time that grows with its square', () => {
  test.each([
    ['carriage returns before a word', fill('\r', 'x')],
    ['beginnings of sections', fill('section_start:1:', '\x1b')],
    ['digits of a section', `section_start:${fill('1')}`],
    ['beginnings of links', fill('\x1b]', '\u2028')],
    ['beginnings of colours', fill('\x1b[')],
    ['8-bit beginnings', fill('\x9b')],
    ['escapes and blanks', fill('\x1b   ')],
    ['lone surrogates', fill('\ud800')],
  ])(
    'as a line of a log: %s',
    (_, line) => {
      expect(cleanLogLines([line]).every((shown) => shown.length <= 6 * 65_536)).toBe(true)
      expect(clean(line).length).toBeLessThan(2_000)
    },
    limitMs,
  )

  test.each([
    ['addresses without a query', fill('http://', '"')],
    ['beginnings of signatures', fill('x-amz-')],
    ['beginnings of tokens', fill('glpat-')],
    ['schemes', fill('a://')],
    ['a scheme that goes on', fill('a+')],
    ['a user that goes on', `x://${fill('a:')}`],
  ])(
    'as text to redact: %s',
    (_, text) => {
      const redactor = createRedactor()
      redactor.add(['a secret of ours'])
      expect(redactor.redact(text)).not.toContain('a secret of ours')
    },
    limitMs,
  )

  test.each([
    ['byte order marks', '\ufeff'.repeat(5_000_000)],
    ['blanks', ' '.repeat(16_000_000)],
    ['quotes', '"\\'.repeat(8_000_000)],
  ])(
    'as the body of an answer: %s',
    async (_, text) => {
      const body = (async function* () {
        yield await Promise.resolve(Buffer.from(text))
      })()
      expect(await readJson({headers: {}, body, discard: () => undefined})).toMatchObject({kind: 'other'})
    },
    limitMs,
  )

  test.each([fill('<'), `<a>${fill(';')}`, `<a>${fill('; ')}`, fill('<a>;')])(
    'as a Link header',
    (link) => {
      expect(nextStep([], {link})).toBeUndefined()
    },
    limitMs,
  )
})

test('a control string ends where a terminal says, not at a line separator within it', () => {
  expect(cleanLogLines(['a\x1b]0;title\u2028more\x07b'])).toEqual(['ab'])
})
