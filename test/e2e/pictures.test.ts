import {readdir, readFile} from 'node:fs/promises'
import path from 'node:path'
import {expect, test} from '@jest/globals'
import {demoTranscript} from '../../scripts/pictures/transcript.ts'
import {terminalPicture, wordsOfPicture, wordsOfTranscript} from '../../scripts/pictures/terminal.ts'
import {pages} from './markdown.ts'

const root = path.resolve(import.meta.dirname, '..', '..')

test('the picture of the demo shows what the demo prints, word by word', async () => {
  const picture = await readFile(path.join(root, 'docs', 'images', 'demo.svg'), 'utf8')
  const words = wordsOfTranscript(await demoTranscript(root))
  // If it differs: npm run build && npm run pictures
  expect(wordsOfPicture(picture)).toEqual(words)
  expect(words.at(-1)).toContain('node dist/sandbox.mjs serve')
}, 60_000)

test('every picture is shown on a page, and every page shows pictures that are there', async () => {
  const there = (await readdir(path.join(root, 'docs', 'images'))).map((name) => `docs/images/${name}`)
  const shown = new Set<string>()
  for (const page of await pages(root)) {
    const text = await readFile(path.join(root, page), 'utf8')
    for (const [, target = ''] of text.matchAll(/(?:!\[[^\]]*\]\(|\bsrc(?:set)?=")([^)"]+)/g))
      shown.add(path.join(path.dirname(page), target))
  }
  expect([...shown].toSorted()).toEqual(there.toSorted())
})

test('a picture holds what is printed as text, never as markup, and says what it shows', () => {
  const picture = terminalPicture('a <b>', '\u001b[32m</text><script>&\u001b[0m  two  words\n\nend\n', 'A & <title>')
  expect(picture).toContain('<title id="title">A &amp; &lt;title&gt;</title>')
  expect(picture).not.toMatch(/<script|<\/text><|<b>/)
  expect(wordsOfPicture(picture)).toEqual(['</text><script>& two words', 'end'])
})
