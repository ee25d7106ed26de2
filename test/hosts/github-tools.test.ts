import {afterEach, beforeEach, expect} from '@jest/globals'
import {mkdir, mkdtemp, readFile, rm, symlink, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import path from 'node:path'
import {pathToFileURL} from 'node:url'
import {actions} from '../../actions/catalogue.ts'
import {spell} from '../../src/base/names.ts'
import type {Sandbox} from '../../src/sandbox/cli/sandbox.ts'
import {dist} from '../support/bundles.ts'
import {clients, missingClient, runProgram} from '../support/clients.ts'
import {testUnless} from '../support/optional.ts'
import {inputVariables, readCommandFile, readManifest} from './github-step.ts'
import {startTrials, trials} from './trials.ts'

const root = path.resolve(import.meta.dirname, '..', '..')
let sandbox: Sandbox
let folder: string

beforeEach(async () => {
  sandbox = await startTrials()
  folder = await mkdtemp(path.join(tmpdir(), 'jobside-github-'))
})

afterEach(async () => {
  await sandbox.close()
  await rm(folder, {recursive: true, force: true})
})

const service = 'languageservice/node_modules/@actions/languageservice/dist/validate-action.js'
const esbuild = 'languageservice/node_modules/esbuild/bin/esbuild'

testUnless(missingClient(service, esbuild))(
  'GitHub’s own language service finds nothing in any action.yml',
  async () => {
    const manifests = [root, ...actions.map(({name}) => path.join(root, 'actions', name))]
    const files = manifests.map((manifest) => path.join(manifest, 'action.yml'))
    const wrong = path.join(folder, 'action.yml')
    const text = await readFile(path.join(root, 'action.yml'), 'utf8')
    await writeFile(wrong, text.replace(/^ {2}icon: .*$/m, '  icon: nonsense').replace(/^description: .*$/m, ''))
    const program = await bundledService()
    const {code, stdout, stderr} = await runProgram(process.execPath, [program, wrong, ...files])
    expect({code, stderr}).toEqual({code: 0, stderr: ''})
    const [ofWrong, ...ofOurs] = JSON.parse(stdout.toString()) as readonly (readonly string[])[]
    expect(ofWrong?.length).toBeGreaterThanOrEqual(2)
    expect(ofOurs).toEqual(files.map(() => []))
  },
)

/** The service imports JSON without saying so, which Node refuses: it has to be bundled. */
async function bundledService(): Promise<string> {
  const [source, program] = [path.join(clients, 'languageservice', 'lint.mjs'), path.join(folder, 'lint.mjs')]
  await writeFile(
    source,
    `import {validateAction} from '@actions/languageservice/validate-action'
import {readFileSync} from 'node:fs'
import {TextDocument} from 'vscode-languageserver-textdocument'
const check = async (file) => validateAction(TextDocument.create('file://' + file, 'yaml', 1, readFileSync(file, 'utf8')))
const found = []
for (const file of process.argv.slice(2)) found.push((await check(file)).map(({message}) => message))
console.log(JSON.stringify(found))
`,
  )
  const require = `--banner:js=import {createRequire} from 'node:module'; const require = createRequire(import.meta.url)`
  const flags = [require, '--bundle', '--platform=node', '--format=esm', '--log-level=warning', `--outfile=${program}`]
  const {code, stderr} = await runProgram(path.join(clients, esbuild), [source, ...flags])
  expect({code, stderr}).toEqual({code: 0, stderr: ''})
  return program
}

const localAction = 'local-action/node_modules/@github/local-action/src/index.ts'
const tsx = 'local-action/node_modules/.bin/tsx'

testUnless(missingClient(localAction, tsx))(
  '@github/local-action runs every action',
  async () => {
    const waiting = actions.map(({name}) => name)
    const work = async (): Promise<void> => {
      for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) await runLocally(name)
    }
    await Promise.all([work(), work()])
  },
  300_000,
)

async function runLocally(name: string): Promise<void> {
  const trial = trials[name] ?? {inputs: {}, outputs: {}}
  const at = path.join(folder, name)
  const output = path.join(at, 'output')
  await makeActionPackage(at, name)
  await writeFile(output, '')
  const manifest = await readManifest(path.join(root, 'actions', name))
  const given: Record<string, string> = {
    'api-url': sandbox.api,
    project: 'grp/app',
    ...('pipeline-id' in manifest.inputs && {'pipeline-id': '11'}),
    ...Object.fromEntries(Object.entries(trial.inputs).map(([key, value]) => [key, [value].flat().join('\n')])),
  }
  const variables = {
    ...inputVariables(manifest, given),
    'INPUT_JOB-TOKEN': sandbox.env['CI_JOB_TOKEN'] ?? '',
    INPUT_TOKEN: sandbox.env['GITLAB_TOKEN'] ?? '',
    GITHUB_ACTIONS: 'true',
    GITHUB_OUTPUT: output,
    GITHUB_STEP_SUMMARY: path.join(at, 'summary'),
  }
  await writeFile(path.join(at, 'summary'), '')
  await writeFile(path.join(at, '.env'), '')
  const {code, stdout, stderr} = await runProgram(
    path.join(clients, tsx),
    [path.join(clients, localAction), '.', 'index.js', '.env'],
    {cwd: at, env: {...variables, ...toolVariables(at)}, timeout: 60_000},
  )
  const log = `${stdout.toString()}${stderr}`
  expect({name, code, log}).toEqual({name, code: 0, log})
  const expected = Object.entries(trial.outputs).map(([key, value]) => [spell.kebab(key), String(value)])
  expect(readCommandFile(await readFile(output, 'utf8'))).toMatchObject(Object.fromEntries(expected))
}

/** What the tool wants to find: a manifest, a package with the toolkit beside it, and an entry that exports `run`. */
async function makeActionPackage(at: string, name: string): Promise<void> {
  await mkdir(path.join(at, 'node_modules', '@actions'), {recursive: true})
  const toolkit = path.join('node_modules', '@actions', 'core')
  await symlink(path.join(clients, 'local-action', toolkit), path.join(at, toolkit))
  const description = {name, version: '1.0.0', type: 'module', dependencies: {'@actions/core': '*'}}
  await writeFile(path.join(at, 'package.json'), JSON.stringify(description))
  const manifest = await readFile(path.join(root, 'actions', name, 'action.yml'), 'utf8')
  await writeFile(path.join(at, 'action.yml'), manifest.replace(/^ {2}main: .*$/m, '  main: index.js'))
  const url = pathToFileURL(path.join(dist, `${name}.mjs`)).href
  // The tool leaves its own arguments in place, where a runner gives none.
  const entry = `export async function run() {\n  process.argv.length = 2\n  await import('${url}')\n}\n`
  await writeFile(path.join(at, 'index.js'), entry)
}

/** What the tool's own starter sets, and what keeps npm from asking the network. */
function toolVariables(at: string): Readonly<Record<string, string>> {
  return {
    TARGET_ACTION_PATH: at,
    NODE_PACKAGE_MANAGER: 'npm',
    NODE_NO_WARNINGS: '1',
    HOME: folder,
    npm_config_update_notifier: 'false',
    npm_config_offline: 'true',
  }
}
