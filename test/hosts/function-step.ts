import {mkdtemp, readFile, writeFile} from 'node:fs/promises'
import path from 'node:path'
import {parseAllDocuments} from 'yaml'
import {runProgram} from '../support/clients.ts'

type Value = string | number | boolean | readonly unknown[] | Readonly<Record<string, unknown>>
type Kind = 'string' | 'number' | 'boolean' | 'array' | 'struct'

interface Declared {
  readonly type: Kind
  readonly default?: Value
}

interface Spec {
  readonly spec: {
    readonly inputs?: Readonly<Record<string, Declared & {readonly sensitive?: boolean}>>
    readonly outputs?: Readonly<Record<string, Declared>>
  }
}

interface Body {
  readonly env?: Readonly<Record<string, string>>
  readonly exec: {readonly command: readonly string[]; readonly work_dir?: string}
}

export interface FunctionStep {
  /** The folder of the func.yml. */
  readonly function: string
  readonly inputs: Readonly<Record<string, Value>>
  /** The variables of the job, which the process does not see unless func.yml hands them on. */
  readonly vars: Readonly<Record<string, string>>
  readonly cwd: string
}

export interface FunctionEnded {
  readonly code: number | null
  readonly log: string
  readonly outputs: Readonly<Record<string, Value>>
}

/** A scanner of lines gives up at a longer one. */
const longestLine = 64 * 1024

/** Stands in for GitLab's step runner, which is on no registry: its rules for func.yml, for `exec` and for the output file. */
export async function runFunction(step: FunctionStep): Promise<FunctionEnded> {
  const {spec, body} = await readFunction(step.function)
  const inputs = resolveInputs(spec.spec.inputs ?? {}, step.inputs)
  const outputFile = path.join(await mkdtemp(path.join(step.cwd, '.step-')), 'output')
  await writeFile(outputFile, '')
  const scope = {inputs, vars: step.vars, func_dir: step.function, output_file: outputFile}
  const [program = '', ...args] = body.exec.command.map((text) => interpolate(text, scope))
  const env = Object.fromEntries(Object.entries(body.env ?? {}).map(([name, text]) => [name, interpolate(text, scope)]))
  const {code, stdout, stderr} = await runProgram(program, args, {cwd: step.cwd, env})
  const log = `${stdout.toString()}${stderr}`
  if (code !== 0) return {code, log, outputs: {}}
  return {code, log, outputs: readOutputs(spec.spec.outputs ?? {}, await readFile(outputFile, 'utf8'))}
}

async function readFunction(folder: string): Promise<{readonly spec: Spec; readonly body: Body}> {
  const documents = parseAllDocuments(await readFile(path.join(folder, 'func.yml'), 'utf8'))
  const [spec, body, ...more] = documents.map((document) => document.toJS() as unknown)
  if (spec === undefined || body === undefined || more.length > 0) throw new Error('func.yml must be two documents')
  const check = (what: string, value: object, allowed: readonly string[]): void => {
    const strange = Object.keys(value).filter((key) => !allowed.includes(key))
    if (strange.length > 0) throw new Error(`unknown keys in ${what}: ${strange.join(', ')}`)
  }
  check('the first document', spec as object, ['spec'])
  check('spec', (spec as Spec).spec, ['inputs', 'outputs'])
  check('the second document', body as object, ['env', 'exec'])
  check('exec', (body as Body).exec, ['command', 'work_dir'])
  const {inputs = {}, outputs = {}} = (spec as Spec).spec
  for (const [name, declared] of Object.entries({...inputs, ...outputs})) {
    if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) throw new Error(`${name} is no name for an input or output`)
    check(name, declared, ['type', 'default', 'description', 'sensitive'])
    if (declared.default !== undefined) demandType(`the default of ${name}`, declared.type, declared.default)
  }
  return {spec: spec as Spec, body: body as Body}
}

function resolveInputs(
  declared: Readonly<Record<string, Declared>>,
  given: Readonly<Record<string, Value>>,
): Readonly<Record<string, Value>> {
  for (const name of Object.keys(given)) if (!(name in declared)) throw new Error(`undeclared input ${name}`)
  return Object.fromEntries(
    Object.entries(declared).map(([name, input]) => {
      const value = given[name] ?? input.default
      if (value === undefined) throw new Error(`input ${name} has no value and no default`)
      demandType(`input ${name}`, input.type, value)
      return [name, value]
    }),
  )
}

/** Texts with `${{ }}`: numbers and booleans as text, arrays and structs as JSON. An unknown name is an error. */
function interpolate(text: string, scope: Readonly<Record<string, unknown>>): string {
  return text.replace(/\$\{\{\s*([^}]*?)\s*\}\}/g, (_, expression: string) => {
    const value = expression
      .split('.')
      .reduce<unknown>((at, key) => (at as Readonly<Record<string, unknown>> | undefined)?.[key], scope)
    if (value === undefined) throw new Error(`${expression} is not known`)
    return typeof value === 'string' ? value : JSON.stringify(value)
  })
}

/** The output file: a JSON object with a name and a value a line, typed as declared; the last line of a name counts. */
export function readOutputs(
  declared: Readonly<Record<string, Declared>>,
  text: string,
): Readonly<Record<string, Value>> {
  const outputs: Record<string, Value> = {}
  for (const line of text.split('\n')) {
    if (Buffer.byteLength(line) >= longestLine) throw new Error('a line of the output file is too long')
    if (line.trim() === '') continue
    const {name, value} = JSON.parse(line) as {readonly name?: string; readonly value?: Value | null}
    const output = declared[name ?? '']
    if (name === undefined || output === undefined) throw new Error(`undeclared output ${name}`)
    if (value === undefined || value === null) throw new Error(`output ${name} has no value`)
    demandType(`output ${name}`, output.type, value)
    outputs[name] = value
  }
  return Object.fromEntries(
    Object.entries(declared).map(([name, output]) => {
      const value = outputs[name] ?? output.default
      if (value === undefined) throw new Error(`output ${name} was not written and has no default`)
      return [name, value]
    }),
  )
}

function demandType(what: string, type: Kind, value: Value): void {
  const is = Array.isArray(value) ? 'array' : typeof value === 'object' ? 'struct' : typeof value
  if (is !== type) throw new Error(`${what} is declared ${type}, and is ${is}`)
}
