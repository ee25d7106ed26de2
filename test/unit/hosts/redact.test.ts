import {describe, expect, test} from '@jest/globals'
import {createRedactor} from '../../../src/hosts/redact.ts'

const secret = 'pa$$/w+rd="q"\\7~secret'
const spelt = (code: (code: number) => string): string => [...Buffer.from(secret)].map(code).join('')
const redactor = createRedactor()
redactor.add([secret, '', '  '])
const redact = (text: string): string => redactor.redact(text)

describe('a secret is hidden', () => {
  test.each([
    ['as it is', secret],
    ['URL-encoded', encodeURIComponent(secret)],
    ['form-encoded', new URLSearchParams({a: secret}).toString().slice(2)],
    ['JSON-escaped', JSON.stringify(secret).slice(1, -1)],
    ['in base64', Buffer.from(secret).toString('base64')],
    ['in URL-safe base64', Buffer.from(secret).toString('base64url')],
    ['in hex', Buffer.from(secret).toString('hex')],
    ['in capital hex', Buffer.from(secret).toString('hex').toUpperCase()],
    ['with each letter URL-encoded', spelt((code) => `%${code.toString(16)}`)],
    ['with each letter as an escape of JSON', spelt((code) => `\\u00${code.toString(16)}`)],
    ['with each letter as an entity of HTML', spelt((code) => `&#${code};`)],
    ['with each letter as another entity of HTML', spelt((code) => `&#x${code.toString(16).toUpperCase()};`)],
  ])('%s', (_, form) => {
    expect(redact(`before ${form} after`)).toBe('before [MASKED] after')
  })

  test.each(['', 'u', 'us', 'use', 'user'])('in base64 behind %j, at whatever alignment', (user) => {
    const encoded = Buffer.from(`${user}:${secret}:tail`).toString('base64')
    const hidden = redact(encoded)
    expect(hidden).toContain('[MASKED]')
    // Beside the mask at most the letters remain that its neighbours decide.
    expect(Buffer.from(hidden.split('[MASKED]')[1] ?? '', 'base64').toString()).not.toContain('ecret')
    expect(hidden.replace('[MASKED]', '').length).toBeLessThan(
      ((user.length + ':'.length + ':tail'.length) * 4) / 3 + 5,
    )
  })

  test('whole, where a shorter secret is a part of it', () => {
    const both = createRedactor()
    both.add(['token-a'])
    both.add(['token-a-and-more'])
    expect(both.redact('x token-a-and-more y token-a')).toBe('x [MASKED] y [MASKED]')
  })
})

describe('what looks like a credential is hidden', () => {
  test.each([
    ['GET https://h/a/b?private_token=x&y=1 failed', 'GET https://h/a/b?… failed'],
    ['https://s3/x?X-Amz-Signature=abc', 'https://s3/x?…'],
    ['"https://h/a?b"', '"https://h/a?…"'],
    ['https://user:pass@h/a', 'https://[MASKED]@h/a'],
    ['job_token=abc&x=1', 'job_token=[MASKED]&x=1'],
    ['X-Goog-Signature=abc', 'X-Goog-Signature=[MASKED]'],
    ['sig=abc', 'sig=[MASKED]'],
    ['glpat-abcdefghij0123456789', '[MASKED]'],
    ['glcbt-64_abcdefghij0123', '[MASKED]'],
    ['see https://h/a#note', 'see https://h/a#note'],
    ['design=x, why?', 'design=x, why?'],
  ])('%s', (text, shown) => {
    expect(redact(text)).toBe(shown)
  })
})

describe('values that a person gave', () => {
  const given = createRedactor()
  given.addValues(['hunter2-and-more', 'prod', '3', 'true', 'yes', '10', '100%'])

  test.each([
    ['{"VERSION":"hunter2-and-more"} is invalid', '{"VERSION":"[MASKED]"} is invalid'],
    [`value=${encodeURIComponent('hunter2-and-more')}`, 'value=[MASKED]'],
    ['ENV "prod" is not allowed', 'ENV "[MASKED]" is not allowed'],
    ['the product has 3 of 10 true', 'the product has 3 of 10 true'],
    ['at 100% of it', 'at [MASKED] of it'],
  ])('are hidden where a server repeats them: %s', (text, shown) => {
    expect(given.redactValues(text)).toBe(shown)
  })

  test.each([
    ['HTML: hunter2-a… (html)', 'HTML: [MASKED]… (html)'],
    ['… and hunter2-and-mor… and …', '… and [MASKED]… and …'],
    ['a hun…', 'a hun…'],
    ['a hunter2 and…', 'a hunter2 and…'],
    [`hunter2-a…${'…'.repeat(10)}`, `[MASKED]…${'…'.repeat(10)}`],
  ])('are hidden where a quotation was cut in the middle: %s', (text, shown) => {
    expect(given.redactValues(text)).toBe(shown)
  })

  test('are no reason to change an output', () => {
    expect(given.hide('deploy: [prod]')).toBe('deploy: [prod]')
  })
})
