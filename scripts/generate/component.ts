import type {AnyAction, AnyField} from '../../src/command/action.ts'
import {spell} from '../../src/base/names.ts'
import {inputsOf} from '../../src/command/describe.ts'
import type {Input} from '../../src/command/describe.ts'
import type {Home} from './home.ts'
import {isArray, manifestDefault, meaning, mustBeGiven, typedDefault} from './surfaces.ts'
import type {ManifestType} from './surfaces.ts'
import {given, yamlFile} from './yaml.ts'

/**
 * One command as a CI/CD component (https://docs.gitlab.com/ci/components/): a job that runs it. Every value travels in a variable
 * that is not expanded, so no input can become part of a shell line. It stands there as a block of its own, because GitLab puts values
 * in before it reads the YAML: there a name may hold quotes and colons, and an array arrives as JSON.
 */
export function componentYaml(action: AnyAction, home: Home): string {
  const inputs = inputsOf(action).filter(({name, field}) => offered(action, name, field))
  const files = ['path', 'output'].filter((name) => name in action.inputs)
  return yamlFile(
    `actions/${action.name}/action.ts`,
    {
      spec: {
        inputs: {
          ...house(action, home),
          ...Object.fromEntries(inputs.map((input) => [spell.component(input.name), componentInput(action, input)])),
        },
      },
    },
    {
      '$[[ inputs.as ]]': {
        stage: '$[[ inputs.stage ]]',
        image: '$[[ inputs.image ]]',
        variables: {
          GIT_STRATEGY: '$[[ inputs.git-strategy ]]',
          ...settings(home),
          ...Object.fromEntries(
            inputs.map((input) => [spell.shellVariable(input.name), plain(spell.component(input.name), '\n')]),
          ),
        },
        script: [script(action.name)],
        artifacts: {
          ...(files.length > 0 ? {paths: files.map((name) => `$[[ inputs.${name} ]]`)} : {}),
          reports: {dotenv: '$[[ inputs.dotenv ]]'},
        },
      },
    },
  )
}

/** Inputs of every command that a component offers. Secrets come from masked variables: an input's value is seen by everyone. */
const offeredShared = new Set([
  'apiUrl',
  'project',
  'auth',
  'requestTimeout',
  'attempts',
  'dotenv',
  'outputPrefix',
  'log',
  'allowHttp',
])

function offered(action: AnyAction, name: string, field: AnyField): boolean {
  return field.type !== 'secret' && (name in action.inputs || offeredShared.has(name))
}

function house(action: AnyAction, {version, project}: Home): object {
  return {
    as: {default: action.name, description: 'Name of the job that this component adds.'},
    stage: {default: 'test', description: 'Stage of that job.'},
    image: {default: 'node:24-alpine', description: 'Image of that job. It needs Node 20.18.1 or newer.'},
    'git-strategy': {
      default: 'none',
      options: ['none', 'fetch', 'clone'],
      description: 'Nothing of the repository is needed, unless source is vendored.',
    },
    source: {
      default: 'project',
      options: ['project', 'vendored', 'npm'],
      description:
        'Where the program comes from: a file of source-project, read with the job token; a file that is there already, at source-path; or npm at the exact version of this component, once it is published there.',
    },
    'source-project': {
      default: project,
      description:
        'Full path of the project with dist/, for source: project. Empty means jobside in the top-level group of the project that runs this.',
    },
    'source-ref': {default: `v${version}`, description: 'Its tag or commit, for source: project.'},
    'source-path': {default: `ci/${action.name}.mjs`, description: 'Path of the program, for source: vendored.'},
  }
}

function settings({version}: Home): object {
  return {
    JOBSIDE_VERSION: version,
    JOBSIDE_SOURCE: plain('source'),
    JOBSIDE_SOURCE_PROJECT: plain('source-project'),
    JOBSIDE_SOURCE_REF: plain('source-ref'),
    JOBSIDE_SOURCE_PATH: plain('source-path'),
    NPM_CONFIG_UPDATE_NOTIFIER: 'false',
  }
}

/** With a line break after it the value is a text whatever its type; commands trim it away. */
function plain(input: string, end: '\n' | '' = ''): object {
  return {value: `$[[ inputs.${input} ]]${end}`, expand: false}
}

function componentInput(action: AnyAction, {name, field}: Input): object {
  const fallback = ownDefaults(action)[name] ?? manifestDefault(field) ?? ''
  const optional = !mustBeGiven(field)
  const type = componentType(field, fallback)
  return given({
    type,
    default: optional ? typedDefault(type, fallback) : undefined,
    // GitLab wants the default among the options.
    options: field.options && [...(optional && fallback === '' ? [''] : []), ...field.options],
    regex: field.type === 'integer' && type === 'string' ? String.raw`^\d*$` : undefined,
    description: meaning(field, 'types'),
  })
}

function componentType(field: AnyField, fallback: string): ManifestType {
  if (isArray(field)) return 'array'
  if (field.type === 'flag') return 'boolean'
  return field.type === 'integer' && fallback !== '' ? 'number' : 'string'
}

/** Defaults that only make sense in a job of its own: its outputs and files go on to later jobs. */
function ownDefaults(action: AnyAction): Readonly<Record<string, string>> {
  return {dotenv: `${action.name}.env`, path: 'artifacts', output: outputFiles[action.name] ?? ''}
}

const outputFiles: Readonly<Record<string, string>> = {'get-artifact-file': 'artifact-file', 'get-job-log': 'job.log'}

// Each line ends in "|| exit $?": under bash, GitLab Runner up to 19.0 turns every other failure into exit code 1.
function script(name: string): string {
  return `case "$JOBSIDE_SOURCE" in
  npm)
    npx --yes "jobside@$JOBSIDE_VERSION" ${name} || exit $? ;;
  project)
    NODE_EXTRA_CA_CERTS="\${CI_SERVER_TLS_CA_FILE:-}" node --input-type=module -e '
      import {writeFileSync} from "node:fs"
      const {CI_API_V4_URL: api, CI_JOB_TOKEN: token, JOBSIDE_SOURCE_REF: ref} = process.env
      const project = process.env.JOBSIDE_SOURCE_PROJECT || \`\${process.env.CI_PROJECT_ROOT_NAMESPACE}/jobside\`
      const file = encodeURIComponent("dist/${name}.mjs")
      const url = \`\${api}/projects/\${encodeURIComponent(project)}/repository/files/\${file}/raw?ref=\${encodeURIComponent(ref)}\`
      const answer = await fetch(url, {headers: {"JOB-TOKEN": token}, redirect: "error"}).catch(() => undefined)
      if (answer === undefined) {
        console.error(\`\${new URL(api).host} could not be reached for dist/${name}.mjs of \${project}.\`)
        process.exitCode = 69
      } else if (answer.ok) writeFileSync(".jobside.mjs", await answer.text())
      else {
        console.error(\`Reading dist/${name}.mjs of \${project} at \${ref} gave \${answer.status}. Check source-project, source-ref and its job token allowlist.\`)
        process.exitCode = answer.status === 404 ? 66 : answer.status < 500 ? 77 : 69
      }' || exit $?
    node .jobside.mjs || exit $? ;;
  vendored)
    node "$JOBSIDE_SOURCE_PATH" || exit $? ;;
esac
`
}
