import {mkdtempSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import path from 'node:path'
import {afterAll, beforeAll, expect, test} from '@jest/globals'
import {testTitles} from './test-titles.ts'

let folder = ''
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'titles-'))
})
afterAll(() => rmSync(folder, {recursive: true, force: true}))

const source = `
  import {beside} from './rows.ts'
  // a comment
  const rows = [['a row', () => 'a body in a row'], ['with text', 'further text']]
  const unused = ['unused text']
  describe('a group', () => {
    test('a title', () => { expect('a value').toBe('a body') })
    test.each(rows)('of %s', (one) => { log('inside') })
    test.each(beside)('%s', () => {})
    testUnless(missing)(\`a template \${n} goes on\`, async () => {})
    for (const word of ['looped']) strace(\`that \${word} runs\`, () => {})
  })
  child.on('an event', () => {})
`

test('the names of tests are their titles and the texts of their tables, and nothing that merely stands in the file', () => {
  writeFileSync(
    path.join(folder, 'rows.ts'),
    `export const beside = [['from beside']]\nconst other = 'a constant beside'`,
  )
  writeFileSync(path.join(folder, 'one.test.ts'), source)
  expect([...testTitles(path.join(folder, 'one.test.ts'))].sort()).toEqual(
    [
      '%s',
      'a group',
      'a row',
      'a template %s goes on',
      'a title',
      'from beside',
      'further text',
      'looped',
      'of %s',
      'that %s runs',
      'with text',
    ].sort(),
  )
})
