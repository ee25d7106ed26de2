import {readFile, readdir} from 'node:fs/promises'
import path from 'node:path'
import {pathToFileURL} from 'node:url'
import type {AnyAction} from '../../src/command/action.ts'
import {performanceFiles} from '../../bench/report/files.ts'
import {actionTypesYaml, rootActionTypesYaml} from './action-types.ts'
import {componentYaml} from './component.ts'
import {functionYaml} from './gitlab-function.ts'
import {actionYaml, rootActionYaml} from './github-action.ts'
import {homeOf, withHome} from './home.ts'
import type {Home} from './home.ts'
import {libraryApi} from './library-page.ts'
import {fillMarks, missingMarks} from './marks.ts'
import {actionTables, houseTables} from './tables.ts'

export interface Generated {
  /** Text by path from the root of the repository. */
  readonly files: ReadonlyMap<string, string>
  /** What only a person can put right, a sentence each. */
  readonly problems: readonly string[]
}

/** Everything that is made from the definitions of the actions, as it should be on disk. */
export async function generatedFiles(root: string, actions: readonly AnyAction[]): Promise<Generated> {
  const home = homeOf(await readFile(path.join(root, 'package.json'), 'utf8'))
  const files = new Map<string, string>([
    ['action.yml', rootActionYaml(actions)],
    ['action-types.yml', rootActionTypesYaml(actions)],
    ['src/base/version.ts', versionModule(home.version)],
    ['actions/catalogue.ts', catalogueModule(actions)],
    ['src/steps/doctor/command-needs.ts', needsModule(actions)],
    ...actions.flatMap((action) => filesOf(action, home)),
  ])
  const problems: string[] = []
  for (const action of actions) {
    const file = `actions/${action.name}/README.md`
    const tables = actionTables(action)
    const text = (await textOf(root, file)) ?? firstPage(action)
    problems.push(...missingMarks(text, Object.keys(tables)).map((mark) => `${file} has no place for ${mark}`))
    files.set(file, fillMarks(text, tables))
  }
  const api = await apiOfLibrary(root)
  const measured = performanceFiles(root)
  for (const [file, text] of measured) files.set(file, text)
  const pages = ['README.md', ...(await markdownIn(root, 'docs'))].filter((file) => !files.has(file))
  for (const file of pages) {
    const text = await textOf(root, file)
    const tables = {...houseTables(actions, file.includes('/') ? '../' : ''), 'library-api': api}
    if (text !== undefined) files.set(file, withHome(fillMarks(text, tables), home))
  }
  const example = 'examples/gitlab-component/.gitlab-ci.yml'
  const copied = await textOf(root, example)
  if (copied !== undefined) files.set(example, withHome(copied, home))
  return {files, problems}
}

/** Files where only generated ones should be, of actions that are no longer there. */
export async function strayFiles(root: string, actions: readonly AnyAction[]): Promise<readonly string[]> {
  const folders = await readdir(path.join(root, 'actions'), {withFileTypes: true})
  const templates = await readdir(path.join(root, 'templates')).catch((): string[] => [])
  const names = new Set(actions.map(({name}) => name))
  const components = new Set(actions.filter(({component}) => component).map(({name}) => `${name}.yml`))
  return [
    ...folders
      .filter((entry) => entry.isDirectory() && entry.name !== 'jobside' && !names.has(entry.name))
      .map((entry) => `actions/${entry.name} has no action.ts that defines a command of this name`),
    ...templates.filter((file) => !components.has(file)).map((file) => `templates/${file} belongs to no command`),
  ]
}

/** The page of a command that has none yet: its own words go between the tables. */
function firstPage({name, about}: AnyAction): string {
  const part = (mark: string): string => `<!-- generated:${mark} -->\n<!-- /generated -->\n`
  return [
    `# ${name}\n\n${about}\n\n${part('examples')}`,
    `## Inputs\n\n${part('inputs')}`,
    `Beside these, each command takes the inputs of every command: see \`jobside ${name} --help\`.\n`,
    `## Outputs\n\n${part('outputs')}`,
    `## What it calls, and what the token must be allowed\n\n${part('calls')}`,
  ].join('\n')
}

function filesOf(action: AnyAction, home: Home): readonly (readonly [string, string])[] {
  const folder = `actions/${action.name}`
  return [
    [`${folder}/main.ts`, mainModule],
    [`${folder}/action.yml`, actionYaml(action)],
    [`${folder}/action-types.yml`, actionTypesYaml(action)],
    [`${folder}/func.yml`, functionYaml(action)],
    ...(action.component ? [[`templates/${action.name}.yml`, componentYaml(action, home)] as const] : []),
  ]
}

const mainModule = `import {main} from '../../src/cli/main.ts'
import {action} from './action.ts'

await main(action)
`

function catalogueModule(actions: readonly AnyAction[]): string {
  const imports = actions.map(({name}) => `import {action as ${camel(name)}} from './${name}/action.ts'\n`)
  const entries = actions.map(({name}) => `  ${camel(name)},\n`)
  return [
    '// Written by scripts/generate.ts from the folders beside this file.\n',
    "import type {AnyAction} from '../src/command/action.ts'\n",
    ...imports,
    '\n/** Every command, by name. */\nexport const actions: readonly AnyAction[] = [\n',
    ...entries,
    ']\n',
  ].join('')
}

/** A table of its own: importing the definitions would put every command into the doctor's bundle. */
function needsModule(actions: readonly AnyAction[]): string {
  const quoted = (route: string): string => `'${route}'`
  const rows = actions
    .filter(({needs}) => needs.length > 0)
    .map(({name, needs}) => `  '${name}': [${needs.map((step) => `[${step.map(quoted).join(', ')}]`).join(', ')}],\n`)
  return [
    '// Written by scripts/generate.ts from the `needs` of each definition.\n',
    "import type {RouteName} from '../../gitlab/api/access.ts'\n",
    '\n/** What each command cannot do without: for each step the routes of which one must work. */\n',
    'export const commandNeeds: Readonly<Record<string, readonly (readonly RouteName[])[]>> = {\n',
    ...rows,
    '}\n',
  ].join('')
}

/** Every folder of actions/ that defines a command, by name. */
export async function definedActions(root: string): Promise<readonly AnyAction[]> {
  const folders = await readdir(path.join(root, 'actions'), {withFileTypes: true})
  const names = folders.filter((entry) => entry.isDirectory() && entry.name !== 'jobside').map(({name}) => name)
  const modules = await Promise.all(
    names.sort().map(async (name) => {
      const file = path.join(root, 'build', 'actions', name, 'action.js')
      return (await import(pathToFileURL(file).href)) as {readonly action: AnyAction}
    }),
  )
  return modules.map(({action}) => action)
}

function camel(name: string): string {
  return name.replace(/-([a-z0-9])/g, (_, letter: string) => letter.toUpperCase())
}

function versionModule(version: string): string {
  return `// Written by scripts/generate.ts from package.json.\nexport const version = '${version}'\n`
}

async function apiOfLibrary(root: string): Promise<string> {
  const [functions = '', ...types] = await Promise.all(
    ['library', 'options', 'results'].map((name) => readFile(path.join(root, `actions/jobside/${name}.ts`), 'utf8')),
  )
  return libraryApi({functions, types})
}

async function textOf(root: string, file: string): Promise<string | undefined> {
  return readFile(path.join(root, file), 'utf8').catch(() => undefined)
}

async function markdownIn(root: string, folder: string): Promise<readonly string[]> {
  const entries = await readdir(path.join(root, folder)).catch((): string[] => [])
  return entries.filter((entry) => entry.endsWith('.md')).map((entry) => `${folder}/${entry}`)
}
