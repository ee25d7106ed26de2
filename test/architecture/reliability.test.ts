import {readFileSync} from 'node:fs'
import path from 'node:path'
import {expect, test} from '@jest/globals'
import {rows} from '../reliability-rows.ts'
import {testTitles} from './test-titles.ts'

const root = path.resolve(import.meta.dirname, '..', '..')
const texts = new Map<string, string>()
const textOf = (file: string): string => {
  const known = texts.get(file) ?? readFileSync(path.join(root, file), 'utf8')
  texts.set(file, known)
  return known
}

test('every row of both matrices is there, once and in order', () => {
  const ids = (letter: string, count: number): string[] =>
    Array.from({length: count}, (_, index) => `${letter}${String(index + 1).padStart(2, '0')}`)
  expect(rows.map(({id}) => id)).toEqual([...ids('F', 110), ...ids('H', 100)])
})

test('every test that a row names is there: its title, or the row of a table that becomes one', () => {
  const titles = new Map<string, readonly string[]>()
  const titlesOf = (file: string): readonly string[] => {
    const known = titles.get(file) ?? testTitles(path.join(root, file))
    titles.set(file, known)
    return known
  }
  const lost = rows.flatMap(({id, shownBy}) =>
    shownBy
      .filter(([file, name]) => !titlesOf(file).some((title) => title.includes(name)))
      .map((one) => [id, ...one].join(' › ')),
  )
  expect(lost).toEqual([])
})

test('a row without a test says why', () => {
  expect(rows.filter(({shownBy, note}) => shownBy.length === 0 && note === undefined)).toEqual([])
})

test('the page is made of these rows', () => {
  const page = textOf('docs/reliability.md')
  const shown = [...page.matchAll(/^\| ([FH]\d{2,3})(?: \*)? \| (.*?) \| (.*?) \| .* \|$/gm)].map(
    ([, ...cells]) => cells,
  )
  expect(shown).toEqual(rows.map(({id, what, holds}) => [id, what, holds]))
})
