import {describe, expect, test} from '@jest/globals'
import * as fc from 'fast-check'
import {ActionError} from '../../../src/base/errors.ts'
import {compileGlob} from '../../../src/base/glob.ts'

describe('compileGlob', () => {
  const rows: readonly (readonly [pattern: string, name: string, matches: boolean])[] = [
    ['a', 'a', true],
    ['a', 'ab', false],
    ['*', 'abc', true],
    ['*', '', true],
    ['*', 'a/b', false],
    ['*', '.hidden', true],
    ['*.js', 'x.js', true],
    ['*.js', 'd/x.js', false],
    ['**/*.js', 'x.js', true],
    ['**/*.js', 'a/b/x.js', true],
    ['dist/**', 'dist/a/b', true],
    ['dist/**', 'dist', false],
    ['dist/**', 'dist/', false],
    ['**', 'any/thing', true],
    ['a/**/b', 'a/b', true],
    ['a/**/b', 'a/x/y/b', true],
    ['a/**/b', 'ab', false],
    ['a**b', 'axxb', true],
    ['a**b', 'a/b', false],
    ['?', 'é', true],
    ['?', '😀', true],
    ['?', '/', false],
    ['?', 'ab', false],
    ['[a-c]x', 'bx', true],
    ['[a-c]x', 'dx', false],
    ['[!a-c]x', 'dx', true],
    ['[^a]', 'b', true],
    ['[!a]', '/', false],
    ['[]]', ']', true],
    ['[a-]', '-', true],
    ['{a,b}.txt', 'b.txt', true],
    ['{a,b}.txt', 'c.txt', false],
    ['{a,{b,c}d}x', 'cdx', true],
    ['{,x}y', 'y', true],
    ['{**/,}z', 'a/b/z', true],
    ['{**/*.a,*.b}', 'x/y.a', true],
    ['a,b', 'a,b', true],
    [String.raw`\*`, '*', true],
    [String.raw`\*`, 'x', false],
    [String.raw`test: \[a, b\]`, 'test: [a, b]', true],
    ['constructor', 'constructor', true],
    ['A', 'a', false],
  ]
  test.each(rows)('%j against %j: %p', (pattern, name, matches) => {
    expect(compileGlob(pattern)(name)).toBe(matches)
  })

  test('lets * and ? cross slashes in names that are not paths', () => {
    const matches = compileGlob('build/*?x', {slashes: 'cross'})
    expect(matches('build/a/b/x')).toBe(true)
    expect(compileGlob('a**b', {slashes: 'cross'})('a/1/b')).toBe(true)
  })

  test('takes brackets as they are in names, which matrix jobs have', () => {
    expect(compileGlob('test: [*', {slashes: 'cross'})('test: [linux, 20]')).toBe(true)
    const matches = compileGlob('test: [linux, *]', {slashes: 'cross'})
    expect([matches('test: [linux, 20]'), matches('test: [mac, 20]'), matches('test: l')]).toEqual([true, false, false])
  })

  test.each([
    ['', 'is empty'],
    ['x'.repeat(1001), 'longer than 1000'],
    ['[a', 'a "[" without its "]"'],
    ['{a,b', 'a "{" without its "}"'],
    ['a\\', 'escapes nothing'],
    ['[z-a]', 'runs backwards'],
    ['{'.repeat(40), 'too deep'],
  ])('refuses %j', (pattern, why) => {
    expect(() => compileGlob(pattern)).toThrow(ActionError)
    expect(() => compileGlob(pattern)).toThrow(why)
  })

  test('never needs more steps than pattern times name', () => {
    const name = `${'a'.repeat(3_000)}b`
    for (const pattern of [
      '*a'.repeat(400),
      '{a,aa}'.repeat(150),
      '**/'.repeat(300),
      `${'{*,a*}{*,*a}'.repeat(70)}c`,
    ]) {
      expect(compileGlob(pattern)(name)).toBe(false)
    }
  })

  test('matches every name by its own escaped text', () => {
    fc.assert(
      fc.property(fc.string({minLength: 1, maxLength: 100, unit: 'binary'}), (name) => {
        const escaped = name.replace(/[*?[\]{}\\]/g, String.raw`\$&`)
        expect(compileGlob(escaped)(name)).toBe(escaped.length <= 1000)
      }),
    )
  })
})
