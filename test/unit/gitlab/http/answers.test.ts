import {describe, expect, test} from '@jest/globals'
import * as fc from 'fast-check'
import {errorText} from '../../../../src/gitlab/http/answer.ts'
import {nextStep} from '../../../../src/gitlab/http/next-page.ts'
import {walk} from '../../../../src/gitlab/http/pages.ts'
import {array, id, nullable, object, optional, ShapeError, text} from '../../../../src/gitlab/api/responses.ts'
import * as shapes from '../../../../src/gitlab/api/shapes.ts'
import {keepRecent, usableEtag} from '../../../../src/gitlab/http/remembered.ts'
import {atLeast} from '../../../../src/gitlab/api/version.ts'

describe('a shape', () => {
  const shape = array(object({id, name: text, user: nullable(object({id})), extra: optional(text)}))

  test('gives the value back whole', () => {
    const value = [{id: 1, name: 'a', user: null, unknown: {deep: true}}]
    expect(shape(value, '')).toBe(value)
  })

  test.each([
    [{}, 'the answer is an object, not a list'],
    [[null], '"[0]" is null, not an object'],
    [[[]], '"[0]" is a list, not an object'],
    [[{id: 9007199254740992, name: '', user: null}], '"[0].id" is another number, not a whole number'],
    [[{id: 0, name: '', user: null}], '"[0].id" is another number, not a positive whole number'],
    [[{id: 'x', name: '', user: null}], '"[0].id" is a string, not a whole number'],
    [[{id: 1, name: '', user: {id: 1.5}}], '"[0].user.id" is another number, not a whole number'],
    [[{id: 1, name: ''}], '"[0].user" is missing, not an object'],
    [[{id: 1, name: '', user: null, extra: null}], '"[0].extra" is null, not a text'],
  ])('tells of %j where it fails', (value, message) => {
    expect(() => shape(value, '')).toThrow(message)
  })

  test('is not fooled by what objects inherit', () => {
    const inherits = object({constructor: text, toString: text})
    expect(() => inherits({}, '')).toThrow('"constructor" is missing')
  })

  test('of GitLab fails on any other JSON with a ShapeError and nothing else', () => {
    const every = [
      shapes.jobShape,
      shapes.bridgeShape,
      shapes.pipelineShape,
      shapes.treeShape,
      shapes.allowedAgentsShape,
      shapes.jobOrBridgeShape,
    ]
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        for (const shape of every) {
          try {
            shape(value, '')
          } catch (error) {
            expect(error).toBeInstanceOf(ShapeError)
          }
        }
      }),
    )
    expect(Object.keys(Object.prototype)).toEqual([])
  })
})

test.each([
  [{message: '404 Not found'}, '404 Not found'],
  [{message: {error: 'Too many'}}, '{"error":"Too many"}'],
  [{message: ['a', 'b']}, '["a","b"]'],
  [{error: 'job is missing'}, 'job is missing'],
  [{error: 'invalid_token', error_description: 'Token is expired.'}, 'invalid_token: Token is expired.'],
  [{message: 'a\u001b[31mb\n'}, String.raw`a\x1b[31mb\x0a`],
  [{}, ''],
  [null, ''],
  [[], ''],
  ['text', ''],
])('the error body %j says %s', (body, expected) => {
  expect(errorText(body)).toBe(expected)
})

describe('the next page', () => {
  const keyset = [
    ['pagination', 'keyset'],
    ['per_page', '100'],
  ] as const
  const link = (query: string) => ({link: `<https://elsewhere.test/x?${query}>; rel="next"`})

  test.each([
    ['no header', keyset, {}, undefined],
    ['an empty header', [], {'x-next-page': ''}, undefined],
    ['a cursor', keyset, link('id=7&cursor=a%2Bb&per_page=1'), [...keyset, ['cursor', 'a+b']]],
    ['another cursor', [...keyset, ['cursor', 'x']], link('cursor=y'), [...keyset, ['cursor', 'y']]],
    ['a cursor header', keyset, {'x-next-cursor': 'z'}, [...keyset, ['cursor', 'z']]],
    [
      'a page',
      [['per_page', '100']],
      link('page=2&private_token=canary'),
      [
        ['per_page', '100'],
        ['page', '2'],
      ],
    ],
    ['a page header', [['page', '2']], {'x-next-page': '3'}, [['page', '3']]],
    [
      'only links to other places',
      [],
      {link: '<https://x/?page=1>; rel="first", <https://x/?page=9>; rel="last"'},
      undefined,
    ],
    [
      'several links',
      [],
      {link: '<https://x/?page=1>; rel="first", <https://x/?page=2>; rel="next", <https://x/?page=9>; rel="last"'},
      [['page', '2']],
    ],
  ] as const)('after %s', (_what, current, headers, expected) => {
    expect(nextStep(current, headers)?.query).toEqual(expected)
  })

  test.each([
    [[['page', '3']], {'x-next-page': '3'}],
    [[['page', '3']], {'x-next-page': '1'}],
    [[], {'x-next-page': '1'}],
    [[], {'x-next-page': '-2'}],
    [[], {'x-next-page': '2e3'}],
    [[], {link: '<https://x/?nothing=1>; rel="next"'}],
  ] as const)('from %j by %j is a lie', (current, headers) => {
    expect(() => nextStep(current, headers)).toThrow(expect.objectContaining({kind: 'untrusted'}))
  })

  const run = async (limit: number | undefined, headersOf: (page: number) => Record<string, string>) => {
    let pages = 0
    for await (const page of walk([...keyset], {limit}, async () => ({value: [1], headers: headersOf(++pages)}))) {
      expect(page.items).toEqual([1])
    }
    return pages
  }

  test('seen before ends the list with an error', async () => {
    await expect(run(undefined, (page) => link(`cursor=${page % 3}`))).rejects.toThrow('already seen')
  })

  test('beyond a hundred numbered ones is an error, unless a limit was asked for', async () => {
    await expect(run(undefined, (page) => link(`page=${page + 1}`))).rejects.toThrow('more than 100 pages')
    expect(await run(5, (page) => link(`page=${page + 1}`))).toBe(5)
  })

  test('named by an empty one is a lie', async () => {
    const pages = walk([], {}, async () => ({value: [], headers: link('page=2')}))
    await expect(pages.next()).rejects.toThrow('comes with an empty page')
  })

  test('has no limit with cursors', async () => {
    expect(await run(undefined, (page) => (page < 300 ? link(`cursor=${page}`) : {}) as Record<string, string>)).toBe(
      300,
    )
  })
})

test('what is remembered is what was used last', () => {
  const memory = keepRecent(2)
  const answer = {etag: '"1"', value: 1, headers: {}}
  memory.set('a', answer)
  memory.set('b', answer)
  memory.get('a')
  memory.set('c', answer)
  expect([memory.get('a'), memory.get('b'), memory.get('c')]).toEqual([answer, undefined, answer])
})

test.each([
  ['W/"abc"', true],
  ['"abc"', true],
  ['abc', false],
  ['"a"b"', false],
  ['"a\r\nx: y"', false],
  [`"${'x'.repeat(300)}"`, false],
  [undefined, false],
])('the tag %j may be sent back: %s', (tag, expected) => {
  expect(usableEtag(tag) !== undefined).toBe(expected)
})

test.each([
  ['18.0', '18.0', true],
  ['18.10.1-ee', '18.9', true],
  ['17.11', '18.0', false],
  ['19.0-pre', '18.11', true],
  ['', '18.0', true],
])('version %s is at least %s: %s', (version, floor, expected) => {
  expect(atLeast(version, floor)).toBe(expected)
})
