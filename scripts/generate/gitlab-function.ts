import {outputsOf} from '../../src/command/action.ts'
import type {AnyAction, AnyField} from '../../src/command/action.ts'
import {functionType} from '../../src/hosts/gitlab-function.ts'
import {outputFileFlag} from '../../src/command/arguments.ts'
import {spell} from '../../src/base/names.ts'
import {inputsOf} from '../../src/command/describe.ts'
import {isArray, manifestDefault, meaning, mustBeGiven, sentence, typedDefault} from './surfaces.ts'
import type {ManifestType} from './surfaces.ts'
import {given, yamlFile} from './yaml.ts'

/**
 * The manifest of one command as a GitLab Function (https://docs.gitlab.com/ci/functions/). A function does not see the job's
 * variables, so the predefined ones that every job has are handed on; whatever else is wanted is an input.
 */
export function functionYaml(action: AnyAction): string {
  const inputs = inputsOf(action)
  return yamlFile(
    'action.ts. Experimental, as GitLab Functions are',
    {
      spec: {
        inputs: Object.fromEntries(inputs.map(({name, field}) => [spell.snake(name), functionInput(field)])),
        outputs: Object.fromEntries(
          Object.entries(outputsOf(action)).map(([name, definition]) => {
            const {type, unknown} = functionType(definition)
            return [spell.snake(name), {type, default: unknown, description: sentence(definition.about)}]
          }),
        ),
      },
    },
    {
      env: {
        ...Object.fromEntries(predefined.map((name) => [name, `\${{ vars.${name} }}`])),
        ...Object.fromEntries(
          inputs.map(({name}) => [spell.shellVariable(name), `\${{ inputs.${spell.snake(name)} }}`]),
        ),
      },
      exec: {
        command: [
          'node',
          `\${{ func_dir }}/../../dist/${action.name}.mjs`,
          `--${outputFileFlag}`,
          '${{ output_file }}',
        ],
      },
    },
  )
}

/** Variables that GitLab sets in every job, so that reading them never fails. */
const predefined = [
  'CI_API_V4_URL',
  'CI_JOB_TOKEN',
  'CI_PROJECT_ID',
  'CI_PROJECT_PATH',
  'CI_PIPELINE_ID',
  'CI_JOB_ID',
  'CI_JOB_NAME',
  'CI_JOB_STAGE',
  'CI_JOB_STARTED_AT',
  'CI_JOB_TIMEOUT',
  'CI_COMMIT_REF_NAME',
  'CI_COMMIT_SHA',
  'CI_DEFAULT_BRANCH',
  'CI_SERVER_VERSION',
] as const

function functionInput(field: AnyField): object {
  const fallback = manifestDefault(field)
  const type = inputType(field, fallback)
  return given({
    type,
    default: mustBeGiven(field) ? undefined : typedDefault(type, fallback ?? ''),
    sensitive: field.type === 'secret' ? true : undefined,
    description: meaning(field, 'types'),
  })
}

function inputType(field: AnyField, fallback: string | undefined): ManifestType {
  if (isArray(field)) return 'array'
  if (field.type === 'flag') return 'boolean'
  // A number that may be absent is text, which can be empty.
  return field.type === 'integer' && (fallback !== undefined || mustBeGiven(field)) ? 'number' : 'string'
}
