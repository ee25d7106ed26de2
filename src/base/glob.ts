import {clean} from './clean.ts'
import {ActionError} from './errors.ts'

export interface GlobOptions {
  /**
   * `separate` for paths (default); `cross` for names of jobs, where `*` and `?` may match a "/" and brackets are themselves, since every matrix
   * job has them in its name.
   */
  readonly slashes?: 'cross' | 'separate'
}

/** Longer patterns are a mistake, and matching costs pattern times name. */
const longestPattern = 1_000
const deepestBraces = 20

/**
 * A matcher for `*`, `?`, `[a-z]`, `[!a]`, `{a,b}`, `**` (any number of folders) and `\` before a character meant literally.
 * The whole name must match, case counts, and a leading dot is nothing special. Time grows with pattern × name, never more.
 * Throws a usage error that names what is wrong with the pattern.
 */
export function compileGlob(pattern: string, options: GlobOptions = {}): (name: string) => boolean {
  const program = parse(pattern, options.slashes ?? 'separate')
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
export function escapeGlob(name: string, slashes: 'cross' | 'separate' = 'separate'): string {
  return name.replace(slashes === 'cross' ? /[*?{}\\]|^!/g : /[*?[\]{}\\]|^!/g, String.raw`\$&`)
}

/**
 * A non-deterministic automaton, run on all its states at once: there is nothing to go back to, so no pattern is slow.
 * `split` goes to both its targets without reading; `end` accepts.
 */
type State =
  | {readonly kind: 'one'; readonly accepts: (code: number) => boolean; readonly literal?: string}
  | {readonly kind: 'split'; readonly to: number[]}
  | {readonly kind: 'end'}

const slash = 0x2f
const anyCode = (): boolean => true
const notSlash = (code: number): boolean => code !== slash

function parse(pattern: string, slashes: 'cross' | 'separate'): readonly State[] {
  const fail = (why: string, hint?: string): never => {
    throw new ActionError('usage', `The pattern "${clean(pattern, 100)}" ${why}.`, {hint})
  }
  if (pattern === '') fail('is empty')
  if (pattern.length > longestPattern) fail(`is longer than ${longestPattern} characters`)
  const codes = Array.from(pattern)
  const states: State[] = []
  const inSegment = slashes === 'cross' ? anyCode : notSlash
  let at = 0

  /** Zero or more of a character: split(skip or read), then back to the split. */
  const repeat = (accepts: (code: number) => boolean): void => {
    const split = states.length
    states.push({kind: 'split', to: [split + 1, split + 3]}, {kind: 'one', accepts}, {kind: 'split', to: [split]})
  }
  const stars = (atStart: boolean, depth: number): void => {
    let count = 0
    for (; codes[at] === '*'; at += 1) count += 1
    const next = codes[at]
    const atEnd = next === undefined || next === '/' || (depth > 0 && (next === ',' || next === '}'))
    if (slashes === 'cross' || count !== 2 || !atStart || !atEnd) return repeat(inSegment)
    if (next !== '/') {
      states.push({kind: 'one', accepts: anyCode})
      return repeat(anyCode)
    }
    // `**/`: nothing at all, or anything that ends in a slash.
    at += 1
    const split: State = {kind: 'split', to: [states.length + 1]}
    states.push(split)
    repeat(anyCode)
    states.push({kind: 'one', accepts: (code) => code === slash})
    split.to.push(states.length)
  }
  const braces = (atStart: boolean, depth: number): void => {
    if (depth >= deepestBraces) fail('has braces too deep inside each other')
    const split: State = {kind: 'split', to: []}
    states.push(split)
    const ends: number[][] = []
    do {
      split.to.push(states.length)
      at += 1
      sequence(atStart, depth + 1)
      const leave: State = {kind: 'split', to: []}
      ends.push(leave.to)
      states.push(leave)
    } while (codes[at] === ',')
    if (codes[at] !== '}') fail('has a "{" without its "}"', String.raw`Write \{ for the character itself.`)
    at += 1
    for (const end of ends) end.push(states.length)
  }
  const sequence = (atStart: boolean, depth: number): void => {
    let segmentStart = atStart
    for (let code = codes[at]; code !== undefined; code = codes[at]) {
      if (depth > 0 && (code === ',' || code === '}')) return
      const startsSegment = segmentStart
      segmentStart = code === '/'
      if (code === '*') {
        stars(startsSegment, depth)
        segmentStart = codes[at - 1] === '/'
      } else if (code === '{') braces(startsSegment, depth)
      else if (code === '[' && slashes === 'separate') {
        const accepts = characterClass()
        states.push({kind: 'one', accepts: (one) => inSegment(one) && accepts(one)})
      } else if (code === '?') {
        at += 1
        states.push({kind: 'one', accepts: inSegment})
      } else {
        if (code === '\\') at += 1
        const literal = codes[at] ?? fail(String.raw`ends in a "\" that escapes nothing`)
        at += 1
        const wanted = literal.codePointAt(0)
        states.push({kind: 'one', accepts: (one) => one === wanted, literal})
      }
    }
  }
  const characterClass = (): ((code: number) => boolean) => {
    at += 1
    const isNegated = codes[at] === '!' || codes[at] === '^'
    if (isNegated) at += 1
    const ranges: [number, number][] = []
    for (let first = true; first || codes[at] !== ']'; first = false) {
      const low = classMember()
      // A "-" before the closing bracket is itself.
      const isRange = codes[at] === '-' && codes[at + 1] !== undefined && codes[at + 1] !== ']'
      if (isRange) at += 1
      const high = isRange ? classMember() : low
      if (high < low) fail('has a range that runs backwards')
      ranges.push([low, high])
    }
    at += 1
    return (code) => ranges.some(([low, high]) => code >= low && code <= high) !== isNegated
  }
  const classMember = (): number => {
    if (codes[at] === '\\') at += 1
    const code = codes[at]?.codePointAt(0)
    at += 1
    return code ?? fail('has a "[" without its "]"', String.raw`Write \[ for the character itself.`)
  }

  sequence(true, 0)
  states.push({kind: 'end'})
  return states
}

/** The text every match begins with: most names are told apart by it alone. */
function plainStart(program: readonly State[]): {readonly text: string; readonly whole: boolean} {
  let text = ''
  for (const state of program) {
    if (state.kind === 'one' && state.literal !== undefined) text += state.literal
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
      if (state?.kind === 'one' && state.accepts(code)) reach(next, index + 1)
    }
    if (next.length === 0) return false
    ;[current, next] = [next, current]
  }
  return current.some((index) => program[index]?.kind === 'end')
}
