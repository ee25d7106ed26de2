import {Validator} from '@cfworker/json-schema'
import {describe, expect, test} from '@jest/globals'
import {actions} from '../../../actions/catalogue.ts'
import {outputsOf} from '../../../src/command/action.ts'
import {spell} from '../../../src/base/names.ts'
import type {Fields} from '../../../src/command/fields.ts'
import {commandSchema} from '../../../src/command/schema.ts'
import {sharedInputs} from '../../../src/command/shared-inputs.ts'
import {sample} from '../../support/sample-action.ts'

const part = (schema: object, name: 'inputs' | 'json'): Validator =>
  new Validator({...schema, $ref: `#/$defs/${name}`}, '2020-12', false)

describe.each([sample, ...actions].map((action) => [action.name, action] as const))('the schema of %s', (_, action) => {
  const schema = commandSchema(action) as {readonly $defs: Record<'inputs' | 'json', {readonly properties: object}>}

  test('has every input that a flag can give, no secret, and every output', () => {
    const fields: Fields = {...action.inputs, ...sharedInputs}
    const flags = Object.entries(fields).filter(([, field]) => field.type !== 'secret')
    expect(Object.keys(schema.$defs.inputs.properties).sort()).toEqual(flags.map(([name]) => spell.kebab(name)).sort())
    expect(Object.keys(schema.$defs.json.properties)).toEqual(Object.keys(outputsOf(action)).map(spell.snake))
  })

  test('takes the defaults that it states', () => {
    const properties = Object.entries(schema.$defs.inputs.properties) as [string, {readonly default?: unknown}][]
    for (const [name, property] of properties) {
      if (property.default === undefined) continue
      const found = new Validator(property, '2020-12', false).validate(property.default)
      expect([name, found.errors]).toEqual([name, []])
    }
  })
})

test('a value of another type, an unknown input and a missing answer do not fit', () => {
  const schema = commandSchema(sample)
  const inputs = part(schema, 'inputs')
  expect(inputs.validate({job: ['build'], wait: true, timeout: '1h30m', mode: 'any', 'pipeline-id': 7}).valid).toBe(
    true,
  )
  for (const wrong of [{job: 'build'}, {wait: 'true'}, {mode: 'none'}, {'pipeline-id': '7'}, {pipelineId: 7}])
    expect(inputs.validate(wrong).valid).toBe(false)
  expect(part(schema, 'json').validate({}).valid).toBe(false)
})
