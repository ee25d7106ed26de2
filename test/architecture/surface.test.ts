import {readFileSync} from 'node:fs'
import path from 'node:path'
import {expect, test} from '@jest/globals'
import {actions} from '../../actions/catalogue.ts'
import {surfaceOf} from '../../scripts/surface/names.ts'

test('the names that users rely on are those of the snapshot: "npm run surface" is for a change on purpose, with a line in CHANGELOG.md', () => {
  const snapshot: unknown = JSON.parse(readFileSync(path.join(import.meta.dirname, 'surface.json'), 'utf8'))
  expect(surfaceOf(actions)).toEqual(snapshot)
})

test('every input and output has a type that the snapshot can hold', () => {
  const {commands, inputs} = surfaceOf(actions)
  const all = [inputs, ...Object.values(commands).flatMap((command) => [command.inputs, command.outputs])]
  expect(all.flatMap((names) => Object.values(names)).filter((type) => type === '')).toEqual([])
  expect(Object.keys(commands)).toEqual(actions.map(({name}) => name).sort())
})
