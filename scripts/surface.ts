/**
 * The names that users rely on: `npm run surface` writes test/architecture/surface.json, which a test compares with the definitions. A change
 * there is a change of the interface and belongs in CHANGELOG.md.
 */
import {writeFile} from 'node:fs/promises'
import path from 'node:path'
import {actions} from '../actions/catalogue.ts'
import {surfaceOf} from './surface/names.ts'

const file = path.resolve(import.meta.dirname, '..', '..', 'test', 'architecture', 'surface.json')
await writeFile(file, `${JSON.stringify(surfaceOf(actions), undefined, 2)}\n`)
console.log('wrote test/architecture/surface.json')
