import type {AnyAction} from '../command/action.ts'
import {inputsOf, repeats} from '../command/describe.ts'
import type {Field} from '../command/fields.ts'
import {spell} from '../base/names.ts'

export const shells = ['bash', 'zsh', 'fish'] as const
export type Shell = (typeof shells)[number]

/** A completion script to be sourced by the shell: command names, their flags, and the words of a choice. */
export function completionScript(shell: Shell, actions: readonly AnyAction[]): string {
  return {bash, zsh, fish}[shell](actions)
}

interface Flag {
  readonly flag: string
  readonly field: Field<unknown>
}

function flagsOf(action: AnyAction): readonly Flag[] {
  return inputsOf(action)
    .filter(({field}) => field.type !== 'secret')
    .map(({name, field}) => ({flag: `--${spell.kebab(name)}`, field}))
}

function namesFile({field}: Flag): boolean {
  return field.type === 'path'
}

function bash(actions: readonly AnyAction[]): string {
  const cases = actions.map(
    (action) =>
      `    ${action.name}) flags='${flagsOf(action)
        .map(({flag}) => flag)
        .join(' ')} --help --version' ;;`,
  )
  const words = new Map<string, string>(
    actions.flatMap(flagsOf).flatMap((flag) => {
      if (flag.field.options)
        return [[flag.flag, `COMPREPLY=($(compgen -W '${flag.field.options.join(' ')}' -- "$current"))`]]
      return namesFile(flag) ? [[flag.flag, 'COMPREPLY=($(compgen -f -- "$current"))']] : []
    }),
  )
  return `# bash completion for jobside: source <(jobside completion bash)
_jobside() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD - 1]} flags=
  COMPREPLY=()
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W '${actions.map(({name}) => name).join(' ')} completion schema' -- "$current"))
    return
  fi
  case $previous in
${[...words].map(([flag, reply]) => `    ${flag}) ${reply}; return ;;`).join('\n')}
  esac
  case \${COMP_WORDS[1]} in
${cases.join('\n')}
    completion) COMPREPLY=($(compgen -W '${shells.join(' ')}' -- "$current")); return ;;
    schema) COMPREPLY=($(compgen -W '${actions.map(({name}) => name).join(' ')}' -- "$current")); return ;;
  esac
  COMPREPLY=($(compgen -W "$flags" -- "$current"))
}
complete -F _jobside jobside
`
}

function zsh(actions: readonly AnyAction[]): string {
  const argument = (flag: Flag): string => {
    const {field} = flag
    const value =
      field.type === 'flag'
        ? ''
        : `:value:${field.options ? `(${field.options.join(' ')})` : namesFile(flag) ? '_files' : ' '}`
    const text = field.about.replace(/[[\]:\\]/g, String.raw`\$&`)
    return quoted(`${repeats(field) ? '*' : ''}${flag.flag}[${text}]${value}`)
  }
  const cases = actions.map((action) => `    ${action.name}) _arguments ${flagsOf(action).map(argument).join(' ')} ;;`)
  return `#compdef jobside
# zsh completion for jobside: source <(jobside completion zsh)
_jobside() {
  if (( CURRENT == 2 )); then
    local -a commands=(${actions.map(({name, about}) => quoted(`${name}:${about}`)).join(' ')} 'completion:Prints a completion script.' 'schema:Prints the JSON Schema of a command.')
    _describe command commands
    return
  fi
  local command=$words[2]
  shift words
  (( CURRENT-- ))
  case $command in
${cases.join('\n')}
    completion) _values shell ${shells.join(' ')} ;;
    schema) _values command ${actions.map(({name}) => name).join(' ')} ;;
  esac
}
compdef _jobside jobside
`
}

function fish(actions: readonly AnyAction[]): string {
  const lines = actions.flatMap((action) => [
    `complete -c jobside -n __fish_use_subcommand -a ${action.name} -d ${quoted(action.about)}`,
    ...flagsOf(action).map((flag) => {
      const {field} = flag
      const value =
        field.type === 'flag'
          ? ''
          : field.options
            ? ` -x -a ${quoted(field.options.join(' '))}`
            : namesFile(flag)
              ? ' -r -F'
              : ' -x'
      return `complete -c jobside -n '__fish_seen_subcommand_from ${action.name}' -l ${flag.flag.slice(2)}${value} -d ${quoted(field.about)}`
    }),
  ])
  return `# fish completion for jobside: jobside completion fish | source
complete -c jobside -f
${lines.join('\n')}
complete -c jobside -n __fish_use_subcommand -a completion -d 'Prints a completion script.'
complete -c jobside -n '__fish_seen_subcommand_from completion' -a '${shells.join(' ')}'
complete -c jobside -n __fish_use_subcommand -a schema -d 'Prints the JSON Schema of a command.'
complete -c jobside -n '__fish_seen_subcommand_from schema' -a '${actions.map(({name}) => name).join(' ')}'
`
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`
}
