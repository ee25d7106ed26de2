import {readFileSync} from 'node:fs'
import path from 'node:path'
import {expect, test} from '@jest/globals'
import {parse, parseAllDocuments} from 'yaml'
import {fencesOf, pages} from '../e2e/markdown.ts'

const root = path.resolve(import.meta.dirname, '..', '..')
const read = (file: string): string => readFileSync(path.join(root, file), 'utf8')

interface Input {
  readonly type?: 'string' | 'number' | 'boolean' | 'array'
  readonly default?: unknown
  readonly options?: readonly unknown[]
}
interface Header {
  readonly spec: {readonly inputs: Readonly<Record<string, Input>>}
}
interface Include {
  readonly component?: string
  readonly inputs?: Readonly<Record<string, unknown>>
}

/** Why GitLab would refuse to include a component with these inputs: a sentence each. It takes no text for an array, and no name that is not declared. */
function problemsOf({component = '', inputs = {}}: Include): readonly string[] {
  const name = /\/([a-z-]+)@[^/]+$/.exec(component)?.[1] ?? ''
  const [header] = parseAllDocuments(read(`templates/${name}.yml`)).map((document) => document.toJS() as Header)
  if (header === undefined) throw new Error(`templates/${name}.yml is empty`)
  const {spec} = header
  const missing = Object.entries(spec.inputs).filter(([key, input]) => !('default' in input) && !(key in inputs))
  const wrong = Object.entries(inputs).flatMap(([key, value]) => {
    const input = spec.inputs[key]
    if (input === undefined) return [`${name} has no input ${key}`]
    const {type = 'string', options} = input
    const isOfType = type === 'array' ? Array.isArray(value) : typeof value === type
    if (!isOfType) return [`${key} of ${name} is declared ${type}`]
    return options === undefined || options.includes(value) ? [] : [`${key} of ${name} is none of its options`]
  })
  return [...missing.map(([key]) => `${key} of ${name} must be given`), ...wrong]
}

function includesOf(text: string): readonly Include[] {
  const {include = []} = (parse(text) ?? {}) as {readonly include?: readonly Include[]}
  return include.filter(({component}) => component !== undefined)
}

const fences = (await Promise.all((await pages(root)).map((page) => fencesOf(root, page)))).flat()
const printed = fences
  .filter(({text}) => text.includes('component: $CI'))
  .map(({page, line, text}) => [`${page}:${line}`, text] as const)
const files = ['.gitlab-ci.yml', 'examples/gitlab-component/.gitlab-ci.yml'].map((file) => [file, read(file)] as const)

test.each([...printed, ...files])(
  '%s gives its components inputs that they have, of the types that they take',
  (_, text) => {
    const includes = includesOf(text)
    expect(includes.length).toBeGreaterThan(0)
    expect(includes.flatMap(problemsOf)).toEqual([])
  },
)

test('the README shows a component', () => {
  expect(printed.map(([place]) => place)).toContainEqual(expect.stringMatching(/^README\.md:/))
})

test('a text for an array, an unknown input and one that is missing would be refused', () => {
  const component = 'x/get-artifact-file@v1.0.0'
  expect(problemsOf({component, inputs: {job: 'build', jobs: [], log: 'loud'}})).toEqual([
    'file of get-artifact-file must be given',
    'job of get-artifact-file is declared array',
    'get-artifact-file has no input jobs',
    'log of get-artifact-file is none of its options',
  ])
})
