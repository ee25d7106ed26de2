/** Writes docs/images/demo.svg: what `npm run demo` prints, as a picture. `npm run pictures`, after `npm run build`. */
import {writeFile} from 'node:fs/promises'
import path from 'node:path'
import {terminalPicture} from './pictures/terminal.ts'
import {demoTranscript} from './pictures/transcript.ts'

const root = path.resolve(import.meta.dirname, '..', '..')
const title =
  'The demo: a command waits until a job of another project has succeeded, another one pulls its artifacts through a broken connection, with a job token alone'
await writeFile(
  path.join(root, 'docs', 'images', 'demo.svg'),
  terminalPicture('npm run demo', await demoTranscript(root), title),
)
console.log('wrote docs/images/demo.svg')
