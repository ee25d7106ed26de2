import {spawnSync} from 'node:child_process'
import {readFileSync} from 'node:fs'
import path from 'node:path'
import {describe, expect, test} from '@jest/globals'
import {parse, parseAllDocuments} from 'yaml'
import {actions} from '../../actions/catalogue.ts'
import {componentYaml} from '../../scripts/generate/component.ts'
import {generatedFiles, strayFiles} from '../../scripts/generate/files.ts'
import {actionYaml, rootActionYaml} from '../../scripts/generate/github-action.ts'
import {functionYaml} from '../../scripts/generate/gitlab-function.ts'
import {fillMarks, missingMarks} from '../../scripts/generate/marks.ts'
import {actionTables} from '../../scripts/generate/tables.ts'
import {outputsOf} from '../../src/command/action.ts'
import {withArguments} from '../../src/command/arguments.ts'
import {readInputs} from '../../src/command/inputs.ts'
import {spell} from '../../src/base/names.ts'
import {sharedInputs} from '../../src/command/shared-inputs.ts'
import {sample} from '../support/sample-action.ts'

const root = path.resolve(import.meta.dirname, '..', '..')
const all = [sample, ...actions]
const ci = {CI_COMMIT_REF_NAME: 'main'}

interface Manifest {
  readonly inputs: Record<string, {required?: boolean; default?: string; description: string}>
  readonly outputs?: Record<string, unknown>
  readonly runs: {using: string; main: string}
}
interface Component {
  readonly spec: {inputs: Record<string, {type?: string; default?: unknown; options?: unknown[]; description?: string}>}
}
type Job = Record<string, unknown> & {
  variables: Record<string, string | {value: unknown; expand: boolean}>
  script: string[]
}

test('every generated file is as the definitions say', async () => {
  const {files, problems} = await generatedFiles(root, actions)
  const differing = [...files].filter(([file, text]) => {
    try {
      return readFileSync(path.join(root, file), 'utf8') !== text
    } catch {
      return true
    }
  })
  expect(differing.map(([file]) => file)).toEqual([])
  expect([...problems, ...(await strayFiles(root, actions))]).toEqual([])
})

describe.each(all.map((action) => [action.name, action] as const))('on GitHub, %s', (_, action) => {
  const manifest = parse(actionYaml(action)) as Manifest

  test('gets from its manifest alone the defaults that the code has', () => {
    const env: Record<string, string> = {...ci}
    for (const [name, input] of Object.entries(manifest.inputs))
      env[`INPUT_${name.toUpperCase()}`] = input.default ?? ''
    const plain = readInputs(action, sharedInputs, {argv: [], env: ci})
    const given = readInputs(action, sharedInputs, {argv: [], env})
    expect([given.values, given.problems]).toEqual([plain.values, plain.problems])
  })

  test('has every input and output, told in words, and a bundle', () => {
    const names = [...Object.keys(action.inputs), ...Object.keys(sharedInputs)]
    expect(new Set(Object.keys(manifest.inputs))).toEqual(new Set(names.map(spell.kebab)))
    expect(Object.keys(manifest.outputs ?? {})).toEqual(Object.keys(outputsOf(action)).map(spell.kebab))
    expect(Object.values(manifest.inputs).filter(({description}) => !description)).toEqual([])
    expect(manifest.runs).toEqual({using: 'node24', main: `../../dist/${action.name}.mjs`})
  })
})

const home = {version: '1.2.3', project: '', shown: 'my-group/jobside', clone: ''}

test('no page, template or manifest names a place that is nobody’s: package.json alone says where the project lives', () => {
  const placeholders = [
    ['own', 'er/'],
    ['gr', 'p/jobside'],
  ].map((parts) => parts.join(''))
  const found = spawnSync(
    'git',
    ['grep', '--line-number', '--ignore-case', placeholders.join('\\|'), '--', ':!dist', ':!*.json', ':!*.ts'],
    {cwd: root},
  )
  expect([found.status, found.stdout.toString()]).toEqual([1, ''])
})

describe('the root action', () => {
  test('runs any command by its name, with its inputs as lines', () => {
    const manifest = parse(rootActionYaml(all)) as Manifest
    expect(manifest.inputs['action']?.required).toBe(true)
    expect(manifest.inputs['action']?.description).toContain('sample-job')
    const env = {
      INPUT_WITH: ' ref=main\njob=build: [a, b]\n\n--job=test\nwait=true\r\nmode=any ',
      INPUT_ACTION: 'sample-job',
    }
    const {values, problems} = readInputs(sample, sharedInputs, {argv: withArguments(env), env})
    expect(problems).toEqual([])
    expect(values).toMatchObject({ref: 'main', job: ['build: [a, b]', 'test'], wait: true, mode: 'any'})
  })
})

describe.each(all.map((action) => [action.name, action] as const))('as a GitLab Function, %s', (_, action) => {
  const documents = parseAllDocuments(functionYaml(action)).map((document) => document.toJS() as unknown)
  const [{spec}, body] = documents as [
    {
      spec: {
        inputs: Record<string, {type: string; default?: unknown; sensitive?: boolean}>
        outputs: Record<string, {type: string; default: unknown}>
      }
    },
    {env: Record<string, string>; exec: {command: string[]}},
  ]
  const types = {string: 'string', number: 'number', boolean: 'boolean', array: 'object'} as const
  const fits = (type: string, value: unknown): boolean => typeof value === types[type as keyof typeof types]

  test('declares names and defaults that the specification allows', () => {
    const declared = [...Object.entries(spec.inputs), ...Object.entries(spec.outputs)]
    expect(declared.filter(([name]) => !/^[a-z][a-z0-9_]*$/.test(name))).toEqual([])
    expect(declared.filter(([, {type, default: value}]) => value !== undefined && !fits(type, value))).toEqual([])
    expect(spec.inputs['job_token']?.sensitive).toBe(true)
  })

  test('hands every input on, and its defaults are those of the code', () => {
    const env: Record<string, string> = {...ci}
    for (const [name, template] of Object.entries(body.env)) {
      const [, scope, key = ''] = /^\$\{\{ (inputs|vars)\.(\w+) \}\}$/.exec(template) ?? []
      if (scope === 'vars') continue
      const value = spec.inputs[key]?.default
      env[name] = value === undefined || typeof value === 'string' ? (value ?? '') : JSON.stringify(value)
    }
    const plain = readInputs(action, sharedInputs, {argv: [], env: ci})
    const given = readInputs(action, sharedInputs, {argv: body.exec.command.slice(2), env})
    expect([given.values, given.problems]).toEqual([plain.values, plain.problems])
  })
})

/** Puts values in as GitLab does: into the text, before it is read as YAML; what is no text becomes JSON. */
function interpolate(text: string, given: Record<string, unknown>): Job {
  const [header = '', body = ''] = text.split('\n---\n')
  const {inputs} = (parse(header) as Component).spec
  const filled = body.replace(/\$\[\[ inputs\.([a-z-]+) \]\]/g, (_, name: string) => {
    expect(Object.keys(inputs)).toContain(name)
    const value = given[name] ?? inputs[name]?.default
    expect(value).toBeDefined()
    return typeof value === 'string' ? value : JSON.stringify(value)
  })
  const [job] = Object.values(parse(filled) as Record<string, Job>)
  return job as Job
}

function environment(job: Job): Record<string, string> {
  return Object.fromEntries(
    Object.entries(job.variables).map(([name, variable]) => {
      const value = typeof variable === 'string' ? variable : variable.value
      expect([name, typeof value]).toEqual([name, 'string'])
      return [name, String(value)]
    }),
  )
}

const components = all.filter(({component}) => component)

describe.each(components.map((action) => [action.name, action] as const))('as a component, %s', (_, action) => {
  const text = componentYaml(action, home)
  const required = Object.fromEntries(
    Object.entries((parse(text.split('\n---\n')[0] ?? '') as Component).spec.inputs)
      .filter(([, input]) => input.default === undefined)
      .map(([name]) => [name, 'x']),
  )

  test('never has an input in its script, and expands none', () => {
    const job = interpolate(text, required)
    expect(text.slice(text.indexOf('script:')).split('artifacts:')[0]).not.toContain('$[[')
    const expanded = Object.entries(job.variables).filter(
      ([name, value]) => name.startsWith('INPUT_') && (typeof value === 'string' || value.expand),
    )
    expect(expanded).toEqual([])
    expect(job.variables['GIT_STRATEGY']).toBe('none')
    expect(
      job.script
        .join('\n')
        .match(/^ *(?:npx|node) .*$/gm)
        ?.filter((line) => !/\|\| exit \$\?/.test(line) && !line.endsWith("-e '")),
    ).toEqual([])
  })

  test('has the defaults of the code, but for its own files', () => {
    const env = environment(interpolate(text, required))
    const plain = readInputs(action, sharedInputs, {argv: [], env: {...ci, ...withoutDefaults(required)}})
      .values as Record<string, unknown>
    const given = readInputs(action, sharedInputs, {argv: [], env: {...ci, ...env}}).values as Record<string, unknown>
    const files = Object.entries({
      path: 'artifacts',
      output: action.name === 'get-job-log' ? 'job.log' : 'artifact-file',
    })
    const own = {dotenv: `${action.name}.env`, ...Object.fromEntries(files.filter(([name]) => name in plain))}
    expect(given).toEqual({...plain, ...own})
  })

  test('gives every optional choice a default among its options', () => {
    const {inputs} = (parse(text.split('\n---\n')[0] ?? '') as Component).spec
    const wrong = Object.entries(inputs).filter(
      ([, input]) => input.options && input.default !== undefined && !input.options.includes(input.default),
    )
    expect(wrong).toEqual([])
    expect(Object.values(inputs).filter(({description}) => !description)).toEqual([])
  })
})

function withoutDefaults(required: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(required).map(([name, value]) => [`INPUT_${name.toUpperCase()}`, value]))
}

test('whatever an input of a component holds arrives as it is, and changes nothing else', () => {
  const hostile = `a: b # "c" 'd' $HOME \${X} {e} [f] | & * ! % @ \`g\``
  const text = componentYaml(sample, home)
  const job = interpolate(text, {
    ref: hostile,
    job: ['build: [a, "b"]', `x'y`],
    as: 'wait: for it',
    limit: 7,
    wait: true,
  })
  const {values, problems} = readInputs(sample, sharedInputs, {argv: [], env: environment(job)})
  expect(problems).toEqual([])
  expect(values).toMatchObject({ref: hostile, job: ['build: [a, "b"]', `x'y`], limit: 7, wait: true})
  expect(job.script).toEqual(interpolate(text, {ref: 'main'}).script)
})

describe('marks', () => {
  const page =
    'a\n<!-- generated:inputs -->\nold\n<!-- /generated -->\nb\n<!-- generated:outputs -->\n<!-- /generated -->\n'

  test('are filled again and again with the same result, and nothing else is touched', () => {
    const once = fillMarks(page, {inputs: 'X $1', outputs: 'Y\n'})
    expect(once).toBe(page.replace('old', () => 'X $1').replace('outputs -->\n', 'outputs -->\nY\n'))
    expect(fillMarks(once, {inputs: 'X $1', outputs: 'Y\n'})).toBe(once)
  })

  test('with an unknown name are an error, and missing ones are named', () => {
    expect(() => fillMarks(page, {inputs: ''})).toThrow('generated:outputs')
    expect(missingMarks(page, ['inputs', 'calls'])).toEqual(['<!-- generated:calls -->'])
  })

  test('hold tables whose cells stay cells', () => {
    const {inputs = '', outputs = ''} = actionTables(sample)
    const cells = (table: string): readonly number[] =>
      table.split('\n').map((row) => row.replaceAll(String.raw`\|`, '').split('|').length - 2)
    expect([new Set(cells(inputs)), new Set(cells(outputs))]).toEqual([new Set([4]), new Set([3])])
  })
})
