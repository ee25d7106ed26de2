import {outputsOf} from '../../src/command/action.ts'
import type {AnyAction} from '../../src/command/action.ts'
import {exampleLine, grouped, inputLabel, placeholder, repeats, shownDefault} from '../../src/command/describe.ts'
import {exitCodes} from '../../src/base/errors.ts'
import {routeHeader, routeOf, routeRow, routes} from '../../src/gitlab/api/access.ts'
import type {RouteName} from '../../src/gitlab/api/access.ts'
import {spell} from '../../src/base/names.ts'
import {ages, judge, tasksOf, worksSince} from './ages.ts'
import type {Holding, Needs} from './ages.ts'
import {sentence} from './surfaces.ts'
import {sharedInputs} from '../../src/command/shared-inputs.ts'

/** What may stand between the marks of an action's README. All of it must be there. */
export function actionTables(action: AnyAction): Readonly<Record<string, string>> {
  return {inputs: inputs(action.inputs), outputs: outputs(action), calls: calls(action), examples: examples(action)}
}

/** What may stand between the marks of the README and the pages in docs/; `top` leads from there to the top of the repository. */
export function houseTables(actions: readonly AnyAction[], top = ''): Readonly<Record<string, string>> {
  return {
    catalogue: catalogue(actions, top),
    'exit-codes': table(
      ['Code', 'Meaning'],
      Object.values(exitCodes).map(({code, about}) => [`${code}`, about]),
    ),
    endpoints: endpoints(actions, top),
    versions: versions(actions, top),
    'shared-inputs': inputs(sharedInputs),
  }
}

/** Each route that is called, first those of the Jobs API and the Job Artifacts API, with the commands made for it. */
function endpoints(actions: readonly AnyAction[], top: string): string {
  const [route, ...needs] = routeHeader
  const rows = (Object.keys(routes) as RouteName[]).flatMap((name) => {
    const [path = '', ...rest] = routeCells(name)
    const commands = commandsOf(name, actions, top)
    return commands === '' ? [] : [[path, commands, ...rest]]
  })
  return table([route, 'Commands', ...needs], rows)
}

/** Which credential is enough for each command on each version, in a private project. */
function versions(actions: readonly AnyAction[], top: string): string {
  const rows = tasksOf(actions).map(({action, title, needs}) => {
    const [name = '', ...rest] = title.split(' ')
    const link = [`[${name}](${top}actions/${action.name}/README.md)`, ...rest].join(' ')
    return [link, ...ages.map((version) => enough(needs, version))]
  })
  return table(['Command', ...ages], rows)
}

function enough(needs: Needs, version: string): string {
  const works = (holding: Holding): boolean => judge(needs, holding, version) === 'works'
  if (works('job')) return works('token') ? 'either' : 'job token'
  if (works('token')) return 'access token'
  if (works('both')) return 'both'
  const since = worksSince(needs, 'job-token') ?? worksSince(needs, 'token')
  return `no, since ${since}`
}

/** Routes that many commands call on the way to what they do: only those that are about its answer are named. */
const shared: Readonly<Partial<Record<RouteName, {readonly main: readonly string[]; readonly others: string}>>> = {
  'project-jobs': {main: ['list-jobs'], others: 'all that choose jobs'},
  'pipeline-jobs': {main: ['list-jobs', 'wait-for-job'], others: 'all that choose jobs'},
  bridges: {main: ['list-jobs'], others: 'all that choose jobs'},
  'trigger-jobs': {main: ['list-jobs'], others: 'all that choose jobs'},
  job: {main: ['get-job'], others: 'all that choose jobs'},
  pipelines: {main: [], others: 'all that choose jobs'},
  trace: {main: ['get-job-log'], others: 'all that wait'},
  play: {main: ['play-manual-job'], others: 'all that wait'},
}

function commandsOf(route: RouteName, actions: readonly AnyAction[], top: string): string {
  const callers = actions.filter(({calls}) => calls.some((call) => call.route === route)).map(({name}) => name)
  // The doctor tries what others are made for.
  const made = callers.filter((name) => name !== 'doctor' || callers.length === 1)
  const {main = made, others} = shared[route] ?? {}
  const links = made.filter((name) => main.includes(name)).map((name) => `[${name}](${top}actions/${name}/README.md)`)
  return [...links, ...(others !== undefined && made.length > links.length ? [others] : [])].join(', ')
}

function catalogue(actions: readonly AnyAction[], top: string): string {
  const rows = grouped(actions).flatMap((group) =>
    group.actions.map(({name, about}, at) => [
      at === 0 ? group.title : '',
      `[${name}](${top}actions/${name}/README.md)`,
      about,
    ]),
  )
  return table(['', 'Command', 'What it does'], rows)
}

function inputs(fields: AnyAction['inputs']): string {
  const rows = Object.entries(fields).map(([name, field]) => {
    const value = field.type === 'secret' || placeholder(field) === '' ? '' : ` ${placeholder(field)}`
    return [
      `\`${inputLabel(name, field)}${value}\`${repeats(field) ? ' …' : ''}`,
      sentence(field.about),
      field.required ? 'required' : code(shownDefault(field)),
      field.from.map(code).join(', '),
    ]
  })
  return rows.length === 0 ? 'None of its own.' : table(['Input', 'Meaning', 'Default', 'Variable'], rows)
}

function outputs(action: AnyAction): string {
  const rows = Object.entries(outputsOf(action)).map(([name, {type, about}]) => [
    code(spell.kebab(name)),
    type,
    sentence(about),
  ])
  return table(['Output', 'Type', 'Meaning'], rows)
}

function calls(action: AnyAction): string {
  const rows = action.calls.map(({route, why}) => [...routeCells(route), why])
  return rows.length === 0 ? 'Nothing.' : table([...routeHeader, 'Why'], rows)
}

function routeCells(name: RouteName): readonly string[] {
  const [route = '', ...rest] = routeRow(name)
  return [`[\`${route}\`](${routeOf(name).docs})`, ...rest]
}

function examples(action: AnyAction): string {
  const lines = action.examples.map(({about, line}) => `# ${about}\n${exampleLine(action, line)}`)
  return `\`\`\`sh\n${lines.join('\n\n')}\n\`\`\``
}

function code(text: string | undefined): string {
  return text === undefined ? '' : `\`${text}\``
}

function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', String.raw`\|`)).join(' | ')} |`
  return [line(header), `|${' --- |'.repeat(header.length)}`, ...rows.map(line)].join('\n')
}
