import {wrap} from '../hosts/table.ts'
import {outputsOf} from '../command/action.ts'
import type {AnyAction, Outputs} from '../command/action.ts'
import {clean} from '../base/clean.ts'
import {exampleLine, grouped, inputLabel, placeholder, repeats, shownDefault} from '../command/describe.ts'
import {exitCodes} from '../base/errors.ts'
import type {Field, Fields} from '../command/fields.ts'
import {spell} from '../base/names.ts'
import {alternatives, meantNames} from '../base/nearest.ts'

const width = 79
const column = 28

/** The page that `--help` prints, in 79 columns: all that there is to know about a command without a network. */
export function helpFor(action: AnyAction, shared: Fields): string {
  const own = Object.entries(action.inputs)
  const required = own.filter(([, field]) => field.required).map(([name, field]) => usage(name, field))
  return page([
    [`jobside ${action.name}`, ...indented(action.about, 2)],
    ['Usage', ...indented([`jobside ${action.name}`, ...required, '[--input value]...'].join(' '), 2)],
    action.examples.length === 0 ? [] : ['Examples', ...examples(action)],
    ...headings(own).map(([title, inputs]) => [title, ...entries(inputs)]),
    ['Inputs of every command', ...entries(Object.entries(shared).filter(([name]) => !(name in action.inputs)))],
    ['How inputs are found', ...indented(lookUpOrder, 2)],
    ['Outputs', ...outputs(outputsOf(action)), '', ...indented(spellings, 2)],
    ['Exit codes', ...codes()],
  ])
}

type NamedField = readonly [string, Field<unknown>]

/** The inputs under their headings, in the order in which these first come. */
function headings(inputs: readonly NamedField[]): readonly (readonly [string, readonly NamedField[]])[] {
  const found = new Map<string, NamedField[]>()
  for (const input of inputs) {
    const title = input[1].heading ?? 'Inputs'
    found.set(title, [...(found.get(title) ?? []), input])
  }
  return [...found]
}

/** What `jobside` alone prints: every command with its sentence. */
export function catalogue(actions: readonly AnyAction[]): string {
  return page([
    ['jobside', ...indented('Small single-purpose commands for GitLab CI jobs.', 2)],
    [
      'Usage',
      '  jobside COMMAND [--input value]...',
      '  jobside COMMAND --help',
      '  jobside completion bash|zsh|fish',
      '  jobside schema COMMAND',
    ],
    ...grouped(actions).map((group) => [group.title, ...group.actions.flatMap(({name, about}) => entry(name, about))]),
    ['Exit codes', ...codes()],
  ])
}

/** What to say to somebody who asked for a command that does not exist. */
export function suggest(name: string, actions: readonly AnyAction[]): string {
  if (name === '') return 'jobside: the name of the command is given, but empty: is the variable set?'
  const meant = meantNames(
    name,
    actions.map((action) => action.name),
  )
  const question = `Did you mean ${alternatives(meant.map((command) => `"jobside ${command}"`))}?`
  const next = meant.length === 0 ? 'Run "jobside" for the list.' : question
  return `jobside: there is no command "${clean(name, 60)}". ${next}`
}

const lookUpOrder = `--job-id 7 or --job-id=7, then INPUT_JOB-ID (GitHub), then INPUT_JOB_ID (any shell), then the variable in \
square brackets, then the default. An empty variable means not given; an empty flag is refused. Inputs marked ... may be repeated, or hold one item a line or a JSON array as a variable. \
Secrets are read from variables only, because every process list shows flags.`

const spellings = `A GitHub step spells an output job-id, JSON and GitLab Functions job_id, and a dotenv report JOB_ID. What GitLab \
did not tell is empty, and null in JSON.`

function usage(name: string, field: Field<unknown>): string {
  return `${inputLabel(name, field)} ${placeholder(field)}`
}

function examples(action: AnyAction): readonly string[] {
  return action.examples.flatMap(({about, line}, at) => [
    ...(at === 0 ? [] : ['']),
    ...indented(`${about}:`, 2),
    ...folded(exampleLine(action, line)),
  ])
}

/** A command line over several lines, broken before flags so that it can be copied into a shell. */
function folded(line: string): readonly string[] {
  const lines: string[] = []
  for (const part of line.split(/ (?=--)/)) {
    const last = lines.at(-1)
    if (last !== undefined && last.length + part.length + 3 <= width) lines[lines.length - 1] = `${last} ${part}`
    else lines.push(`${lines.length === 0 ? '    ' : '      '}${part}`)
  }
  return lines.map((text, at) => (at === lines.length - 1 ? text : `${text} \\`))
}

function entries(inputs: readonly (readonly [string, Field<unknown>])[]): readonly string[] {
  return inputs.flatMap(([name, field]) => {
    const value = field.type === 'secret' ? '' : placeholder(field)
    // A long choice is told in the text; else every other entry would lose its column.
    const short = value.length > 14 ? 'WORD' : value
    const label = [inputLabel(name, field), short, ...(repeats(field) ? ['...'] : [])].filter((part) => part !== '')
    return entry(label.join(' '), about(field, short !== value))
  })
}

function about(field: Field<unknown>, spellOut: boolean): string {
  const fallback = shownDefault(field)
  return [
    field.about,
    ...(spellOut ? [`: ${placeholder(field).replaceAll('|', ', ')}`] : []),
    ...(field.required ? [' (required)'] : []),
    ...(fallback === undefined || (field.type === 'flag' && fallback === 'false') ? [] : [` (default: ${fallback})`]),
    ...(field.from.length === 0 ? [] : [` [${field.from.join(', ')}]`]),
  ].join('')
}

function outputs(definitions: Outputs): readonly string[] {
  return Object.entries(definitions).flatMap(([name, {about}]) => entry(spell.kebab(name), about))
}

function codes(): readonly string[] {
  return Object.values(exitCodes).flatMap(({code, about}) => entry(`${code}`.padStart(3), about, 8))
}

function entry(label: string, text: string, at = column): readonly string[] {
  const lines = indented(text, at)
  if (label.length + 3 > at) return [`  ${label}`, ...lines]
  const [first = '', ...rest] = lines
  return [`  ${label}`.padEnd(at) + first.trimStart(), ...rest]
}

function indented(text: string, indent: number): readonly string[] {
  return wrap(text, width - indent).map((line) => ' '.repeat(indent) + line)
}

function page(sections: readonly (readonly string[])[]): string {
  return sections
    .filter((section) => section.length > 0)
    .map((section) => `${section.join('\n')}\n`)
    .join('\n')
}
