import {readFileSync} from 'node:fs'
import path from 'node:path'
import {expect, test} from '@jest/globals'
import {Validator, type Schema} from '@cfworker/json-schema'
import {parse} from 'yaml'
import {actions} from '../../actions/catalogue.ts'
import {spell} from '../../src/base/names.ts'
import {readInputs} from '../../src/command/inputs.ts'
import {sharedInputs} from '../../src/command/shared-inputs.ts'
import {trials} from '../hosts/trials.ts'

const root = path.resolve(import.meta.dirname, '..', '..')
const folders = ['.', ...actions.map(({name}) => `actions/${name}`)]
const read = (folder: string, file: string): Types =>
  parse(readFileSync(path.join(root, folder, file), 'utf8')) as Types

interface Typed {
  readonly type: string
  readonly separator?: string
  readonly 'allowed-values'?: readonly string[]
  readonly 'list-item'?: Typed
}
interface Types {
  readonly inputs: Readonly<Record<string, Typed>>
  readonly outputs: Readonly<Record<string, Typed>>
}

/** What the typing's own specification allows, but for what is not used here. */
const plain = {
  required: ['type'],
  properties: {type: {enum: ['string', 'boolean', 'integer', 'float']}},
  additionalProperties: false,
}
const choice = {
  required: ['type', 'allowed-values'],
  properties: {
    type: {const: 'enum'},
    'allowed-values': {type: 'array', minItems: 1, uniqueItems: true, items: {type: 'string', minLength: 1}},
  },
  additionalProperties: false,
}
const list = {
  required: ['type', 'separator', 'list-item'],
  properties: {type: {const: 'list'}, separator: {type: 'string', minLength: 1}, 'list-item': {anyOf: [plain, choice]}},
  additionalProperties: false,
}
const members = {
  type: 'object',
  propertyNames: {pattern: '^[_a-zA-Z][a-zA-Z0-9_-]*$'},
  additionalProperties: {type: 'object', anyOf: [plain, choice, list]},
}
const schema = {
  type: 'object',
  properties: {inputs: members, outputs: members},
  additionalProperties: false,
} as Schema

test.each(folders)(
  '%s/action-types.yml is what the typing allows, for exactly the inputs and outputs of action.yml',
  (folder) => {
    const types = read(folder, 'action-types.yml')
    const manifest = read(folder, 'action.yml')
    expect(new Validator(schema, '7').validate(types).errors).toEqual([])
    expect(Object.keys(types.inputs)).toEqual(Object.keys(manifest.inputs))
    expect(Object.keys(types.outputs)).toEqual(Object.keys(manifest.outputs))
  },
)

test('the rules refuse what the typing refuses', () => {
  const wrong = [{type: 'text'}, {type: 'enum'}, {type: 'list', separator: '\n'}, {type: 'string', default: ''}]
  for (const type of wrong) expect(new Validator(schema, '7').validate({inputs: {name: type}}).valid).toBe(false)
})

test.each(actions.map((action) => [action.name, action] as const))(
  '%s reads a text that is written by these types as the command line reads the same',
  (name, action) => {
    const {inputs} = read(`actions/${name}`, 'action-types.yml')
    const given = Object.entries(trials[name]?.inputs ?? {})
    const text = (key: string, value: unknown): string => [value].flat().join(inputs[key]?.separator ?? 'no list')
    const env = Object.fromEntries(given.map(([key, value]) => [`INPUT_${key.toUpperCase()}`, text(key, value)]))
    const argv = given.flatMap(([key, value]) =>
      [value].flat().map((one) => (one === true ? `--${key}` : `--${key}=${one}`)),
    )
    const ci = {CI_COMMIT_REF_NAME: 'main'}
    const byText = readInputs(action, sharedInputs, {argv: [], env: {...ci, ...env}})
    expect([byText.problems, byText.values]).toEqual([[], readInputs(action, sharedInputs, {argv, env: ci}).values])
    for (const [key, field] of Object.entries(action.inputs))
      if (field.options) expect(inputs[spell.kebab(key)]?.['allowed-values']).toEqual(field.options)
  },
)
