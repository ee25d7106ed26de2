import {mkdir, readFile, writeFile} from 'node:fs/promises'
import path from 'node:path'
import {parse} from 'yaml'
import {runProgram} from '../support/clients.ts'

interface Manifest {
  readonly inputs: Readonly<Record<string, {readonly required: boolean; readonly default?: string}>>
  readonly outputs: Readonly<Record<string, object>>
  readonly runs: {readonly using: string; readonly main: string}
}

export interface Step {
  /** The folder of the action.yml. */
  readonly action: string
  readonly with: Readonly<Record<string, string>>
  /** The workspace: the step runs in it. */
  readonly cwd: string
  readonly env?: Readonly<Record<string, string>>
  readonly node?: string
}

export interface StepEnded {
  readonly code: number | null
  readonly log: string
  readonly outputs: Readonly<Record<string, string>>
  readonly summary: string
}

/**
 * Runs an action as GitHub's runner does, from what its action.yml says and nothing else: every declared input is a variable,
 * with its default or empty; `main` is relative to the manifest; outputs are read from the file.
 */
export async function runStep(step: Step): Promise<StepEnded> {
  const manifest = await readManifest(step.action)
  const undeclared = Object.keys(step.with).filter((name) => !(name in manifest.inputs))
  if (undeclared.length > 0) throw new Error(`inputs that action.yml does not declare: ${undeclared.join(', ')}`)
  const files = path.join(step.cwd, '.runner')
  await mkdir(files)
  const commands = {GITHUB_OUTPUT: 'output', GITHUB_ENV: 'env', GITHUB_STATE: 'state', GITHUB_STEP_SUMMARY: 'summary'}
  const commandFiles = Object.fromEntries(
    Object.entries(commands).map(([name, file]) => [name, path.join(files, file)]),
  )
  for (const file of Object.values(commandFiles)) await writeFile(file, '')
  const main = path.resolve(step.action, manifest.runs.main)
  const {code, stdout, stderr} = await runProgram(step.node ?? process.execPath, [main], {
    cwd: step.cwd,
    env: {GITHUB_ACTIONS: 'true', CI: 'true', ...commandFiles, ...inputVariables(manifest, step.with), ...step.env},
  })
  const outputs = readCommandFile(await readFile(path.join(files, 'output'), 'utf8'))
  const strangers = Object.keys(outputs).filter((name) => !(name in manifest.outputs))
  if (strangers.length > 0) throw new Error(`outputs that action.yml does not declare: ${strangers.join(', ')}`)
  return {
    code,
    log: `${stdout.toString()}${stderr}`,
    outputs,
    summary: await readFile(path.join(files, 'summary'), 'utf8'),
  }
}

export async function readManifest(folder: string): Promise<Manifest> {
  return parse(await readFile(path.join(folder, 'action.yml'), 'utf8')) as Manifest
}

/** As the runner sets them: blanks become underscores, hyphens stay. */
export function inputVariables(
  {inputs}: Manifest,
  given: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(inputs).map(([name, input]) => [
      `INPUT_${name.replaceAll(' ', '_').toUpperCase()}`,
      given[name] ?? input.default ?? '',
    ]),
  )
}

/** `name<<DELIMITER`, the lines of the value, `DELIMITER`; or `name=value`. Anything else is an error, as it is for the runner. */
export function readCommandFile(text: string): Readonly<Record<string, string>> {
  const outputs: Record<string, string> = {}
  const lines = text.split('\n')
  for (let line = lines.shift(); line !== undefined; line = lines.shift()) {
    if (line === '') continue
    const [, name = '', delimiter = ''] = /^([^=]+?)<<(.+)$/.exec(line) ?? []
    if (name === '') {
      const [, plain, value] = /^([^=]+)=(.*)$/.exec(line) ?? []
      if (plain === undefined || value === undefined) throw new Error(`invalid line in the output file: ${line}`)
      outputs[plain] = value
      continue
    }
    const end = lines.indexOf(delimiter)
    if (end < 0) throw new Error(`no end of ${name} in the output file`)
    outputs[name] = lines.splice(0, end).join('\n')
    lines.shift()
  }
  return outputs
}
