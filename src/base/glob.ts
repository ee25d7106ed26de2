import {anyCharacter, parseGlob, type Accepts, type Part, type Slashes} from './glob-syntax.ts'

export interface GlobOptions {
  /**
   * `separate` for paths (default); `cross` for names of jobs, where `*` and `?` may match a "/" and brackets are themselves, since every matrix
   * job has them in its name.
   */
  readonly slashes?: Slashes
}

/**
 * A matcher for `*`, `?`, `[a-z]`, `[!a]`, `{a,b}`, `**` (any number of folders) and `\` before a character meant literally.
 * The whole name must match, case counts, and a leading dot is nothing special. Time grows with pattern × name, never more.
 * Throws a usage error that names what is wrong with the pattern.
 */
export function compileGlob(pattern: string, options: GlobOptions = {}): (name: string) => boolean {
  const program = compile(parseGlob(pattern, options.slashes ?? 'separate'))
  const plain = plainStart(program)
  if (plain.whole) return (name) => name === plain.text
  return (name) => name.startsWith(plain.text) && run(program, name)
}

/** The pattern that means only this name; `?` in the place of characters that nobody could type. */
export function spellGlob(name: string): string {
  return name.replace(/[*?[\]{}\\]/g, '\\$&').replace(/[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/gu, '?')
}

/** True if the pattern means only the name it spells. */
export function isLiteralGlob(pattern: string): boolean {
  return !/[*?[\]{}\\]/.test(pattern)
}

/** The pattern that means only this name: `app/[slug]` for paths becomes `app/\\[slug\\]`. */
export function escapeGlob(name: string, slashes: Slashes = 'separate'): string {
  return name.replace(slashes === 'cross' ? /[*?{}\\]|^!/g : /[*?[\]{}\\]|^!/g, String.raw`\$&`)
}

/**
 * A non-deterministic automaton, run on all its states at once: there is nothing to go back to, so no pattern is slow.
 * `read` takes one character; `split` goes to all its targets without reading; `end` accepts.
 */
type State =
  | {readonly kind: 'read'; readonly accepts: Accepts; readonly literal?: string | undefined}
  | {readonly kind: 'split'; readonly to: number[]}
  | {readonly kind: 'end'}

const isSlash: Accepts = (code) => code === 0x2f

function compile(parts: readonly Part[]): readonly State[] {
  const states: State[] = []
  addAll(states, parts)
  states.push({kind: 'end'})
  return states
}

function addAll(states: State[], parts: readonly Part[]): void {
  for (const part of parts) {
    if (part.kind === 'character') states.push({kind: 'read', accepts: part.accepts, literal: part.literal})
    else if (part.kind === 'repeat') addRepeat(states, part.accepts)
    else if (part.kind === 'folders') addFolders(states)
    else addChoice(states, part.branches)
  }
}

/** Skip or read, then back to the split. */
function addRepeat(states: State[], accepts: Accepts): void {
  const split = states.length
  states.push({kind: 'split', to: [split + 1, split + 3]}, {kind: 'read', accepts}, {kind: 'split', to: [split]})
}

function addFolders(states: State[]): void {
  const to = [states.length + 1]
  states.push({kind: 'split', to})
  addRepeat(states, anyCharacter)
  states.push({kind: 'read', accepts: isSlash})
  to.push(states.length)
}

function addChoice(states: State[], branches: readonly (readonly Part[])[]): void {
  const starts: number[] = []
  states.push({kind: 'split', to: starts})
  const ends = branches.map((parts) => {
    starts.push(states.length)
    addAll(states, parts)
    const end: number[] = []
    states.push({kind: 'split', to: end})
    return end
  })
  for (const end of ends) end.push(states.length)
}

/** The text every match begins with: most names are told apart by it alone. */
function plainStart(program: readonly State[]): {readonly text: string; readonly whole: boolean} {
  let text = ''
  for (const state of program) {
    if (state.kind === 'read' && state.literal !== undefined) text += state.literal
    else return {text, whole: state.kind === 'end'}
  }
  return {text, whole: true}
}

function run(program: readonly State[], name: string): boolean {
  const reachedAt = new Int32Array(program.length).fill(-1)
  let current: number[] = []
  let next: number[] = []
  let step = 0
  const reach = (into: number[], first: number): void => {
    const pending = [first]
    for (let index = pending.pop(); index !== undefined; index = pending.pop()) {
      if (reachedAt[index] === step) continue
      reachedAt[index] = step
      const state = program[index]
      if (state?.kind === 'split') pending.push(...state.to)
      else into.push(index)
    }
  }
  reach(current, 0)
  for (const character of name) {
    const code = character.codePointAt(0) ?? 0
    step += 1
    next.length = 0
    for (const index of current) {
      const state = program[index]
      if (state?.kind === 'read' && state.accepts(code)) reach(next, index + 1)
    }
    if (next.length === 0) return false
    ;[current, next] = [next, current]
  }
  return current.some((index) => program[index]?.kind === 'end')
}
