import {outputsOf} from '../../src/command/action.ts'
import type {AnyAction, Outputs} from '../../src/command/action.ts'
import {spell} from '../../src/base/names.ts'
import {inputsOf} from '../../src/command/describe.ts'
import type {Input} from '../../src/command/describe.ts'
import {sharedInputs} from '../../src/command/shared-inputs.ts'
import {manifestDefault, meaning, mustBeGiven, sentence} from './surfaces.ts'
import {given, yamlFile} from './yaml.ts'

/** The manifest of one command as a GitHub action (https://docs.github.com/actions/reference/metadata-syntax-reference). */
export function actionYaml(action: AnyAction): string {
  return yamlFile('action.ts', {
    name: `jobside ${action.name}`,
    description: action.about,
    branding,
    inputs: members(inputsOf(action).map(({name, field}) => [spell.kebab(name), manifestInput({name, field})])),
    outputs: manifestOutputs(outputsOf(action)),
    runs: {using: 'node24', main: `../../dist/${action.name}.mjs`},
  })
}

/** The action at the root of the repository: any command by its name. */
export function rootActionYaml(actions: readonly AnyAction[]): string {
  const shared = Object.entries(sharedInputs).map(
    ([name, field]) => [spell.kebab(name), manifestInput({name, field})] as const,
  )
  const outputs = Object.assign({}, ...actions.toReversed().map(({outputs}) => outputs)) as Outputs
  return yamlFile('actions/catalogue.ts', {
    name: 'jobside',
    description: 'Small single-purpose commands for GitLab CI jobs, run from GitHub.',
    branding,
    inputs: {
      action: {description: `The command: ${actions.map(({name}) => name).join(', ')}.`, required: true},
      with: {description: 'Inputs of the command, name=value, one a line. Repeat a name for a list.', required: false},
      ...Object.fromEntries(shared),
    },
    outputs: manifestOutputs(outputsOf({outputs})),
    runs: {using: 'node24', main: 'dist/jobside.mjs'},
  })
}

const branding = {icon: 'git-merge', color: 'orange'}

function manifestInput({field}: Input): object {
  return given({description: meaning(field, 'texts'), required: mustBeGiven(field), default: manifestDefault(field)})
}

function manifestOutputs(outputs: Outputs): object | undefined {
  return members(Object.entries(outputs).map(([name, {about}]) => [spell.kebab(name), {description: sentence(about)}]))
}

function members(entries: readonly (readonly [string, object])[]): object | undefined {
  return entries.length === 0 ? undefined : Object.fromEntries(entries)
}
