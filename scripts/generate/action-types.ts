import {outputsOf} from '../../src/command/action.ts'
import type {AnyAction, AnyField, Output, Outputs} from '../../src/command/action.ts'
import {spell} from '../../src/base/names.ts'
import {inputsOf, repeats} from '../../src/command/describe.ts'
import {sharedInputs} from '../../src/command/shared-inputs.ts'
import {yamlFile} from './yaml.ts'

/**
 * The types of an action's inputs and outputs, beside its action.yml, which has none: for generators of typed workflows and for editors
 * (https://github.com/typesafegithub/github-actions-typing).
 */
export function actionTypesYaml(action: AnyAction): string {
  const inputs = inputsOf(action).map(({name, field}) => [spell.kebab(name), inputType(field)] as const)
  return typesFile('action.ts', inputs, outputsOf(action))
}

/** The same of the action at the root of the repository. */
export function rootActionTypesYaml(actions: readonly AnyAction[]): string {
  const shared = Object.entries(sharedInputs).map(([name, field]) => [spell.kebab(name), inputType(field)] as const)
  const inputs = [
    ['action', choice(actions.map(({name}) => name))] as const,
    ['with', lines({type: 'string'})] as const,
    ...shared,
  ]
  const all = Object.assign({}, ...actions.toReversed().map(({outputs}) => outputs)) as Outputs
  return typesFile('actions/catalogue.ts', inputs, outputsOf({outputs: all}))
}

function typesFile(source: string, inputs: readonly (readonly [string, object])[], outputs: Outputs): string {
  const text = yamlFile(source, {
    inputs: Object.fromEntries(inputs),
    outputs: Object.fromEntries(
      Object.entries(outputs).map(([name, {type}]) => [spell.kebab(name), {type: outputTypes[type]}]),
    ),
  })
  // A line break reads better quoted than as an empty block.
  return text.replaceAll(/separator: \|\+\n *\n/g, String.raw`separator: "\n"` + '\n')
}

const outputTypes: Readonly<Record<Output<unknown>['type'], string>> = {
  text: 'string',
  json: 'string',
  integer: 'integer',
  number: 'float',
  flag: 'boolean',
}

function inputType(field: AnyField): object {
  const one = field.options ? choice(field.options) : {type: plainType(field)}
  return repeats(field) ? lines(one) : one
}

function plainType({type}: AnyField): string {
  if (type === 'flag') return 'boolean'
  return type === 'integer' ? 'integer' : 'string'
}

function choice(values: readonly string[]): object {
  return {type: 'enum', 'allowed-values': [...values]}
}

function lines(item: object): object {
  return {type: 'list', separator: '\n', 'list-item': item}
}
