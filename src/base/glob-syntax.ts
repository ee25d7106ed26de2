import {clean} from './clean.ts'
import {ActionError} from './errors.ts'

/** `cross` for names of jobs, where `*` and `?` may match a "/" and brackets are themselves; `separate` for paths. */
export type Slashes = 'cross' | 'separate'

/** Of one character, by its code point. */
export type Accepts = (code: number) => boolean

/** What a pattern is made of. */
export type Part =
  /** One character; `literal` where only one will do. */
  | {readonly kind: 'character'; readonly accepts: Accepts; readonly literal?: string}
  /** Any number of characters. */
  | {readonly kind: 'repeat'; readonly accepts: Accepts}
  /** Nothing at all, or anything that ends in a slash. */
  | {readonly kind: 'folders'}
  | {readonly kind: 'choice'; readonly branches: readonly (readonly Part[])[]}

/** Longer patterns are a mistake, and matching costs pattern times name. */
const longestPattern = 1_000
const deepestBraces = 20

interface Cursor {
  readonly pattern: string
  readonly characters: readonly string[]
  readonly slashes: Slashes
  at: number
}

/** Reads a pattern. Throws a usage error that names what is wrong with it. */
export function parseGlob(pattern: string, slashes: Slashes): readonly Part[] {
  const cursor: Cursor = {pattern, characters: Array.from(pattern), slashes, at: 0}
  if (pattern === '') throw malformed(cursor, 'is empty')
  if (pattern.length > longestPattern) throw malformed(cursor, `is longer than ${longestPattern} characters`)
  return readSequence(cursor, true, 0)
}

/** What `**` stands for, character by character. */
export const anyCharacter: Accepts = () => true
const notSlash: Accepts = (code) => code !== 0x2f

/** What `*` and `?` stand for. */
function wildcard({slashes}: Cursor): Accepts {
  return slashes === 'cross' ? anyCharacter : notSlash
}

/** Up to the end of the pattern, or of a branch of braces. */
function readSequence(cursor: Cursor, atStart: boolean, depth: number): readonly Part[] {
  const {characters, slashes} = cursor
  const parts: Part[] = []
  let startsSegment = atStart
  for (;;) {
    const character = characters[cursor.at]
    if (character === undefined || (depth > 0 && (character === ',' || character === '}'))) return parts
    if (character === '*') parts.push(...readStars(cursor, startsSegment, depth))
    else if (character === '{') parts.push(readBraces(cursor, startsSegment, depth))
    else if (character === '[' && slashes === 'separate') parts.push(readClass(cursor))
    else if (character === '?') {
      cursor.at += 1
      parts.push({kind: 'character', accepts: wildcard(cursor)})
    } else parts.push(readLiteral(cursor))
    // After `**/` as after a slash itself.
    startsSegment = (character === '*' ? characters[cursor.at - 1] : character) === '/'
  }
}

function readLiteral(cursor: Cursor): Part {
  if (cursor.characters[cursor.at] === '\\') cursor.at += 1
  const literal = cursor.characters[cursor.at]
  if (literal === undefined) throw malformed(cursor, String.raw`ends in a "\" that escapes nothing`)
  cursor.at += 1
  const expected = literal.codePointAt(0)
  return {kind: 'character', accepts: (code) => code === expected, literal}
}

/** Two stars mean folders only where they are all of a segment. */
function readStars(cursor: Cursor, startsSegment: boolean, depth: number): readonly Part[] {
  const {characters, slashes} = cursor
  let count = 0
  for (; characters[cursor.at] === '*'; cursor.at += 1) count += 1
  const next = characters[cursor.at]
  const endsSegment = next === undefined || next === '/' || (depth > 0 && (next === ',' || next === '}'))
  if (slashes === 'cross' || count !== 2 || !startsSegment || !endsSegment) {
    return [{kind: 'repeat', accepts: wildcard(cursor)}]
  }
  if (next !== '/') {
    return [
      {kind: 'character', accepts: anyCharacter},
      {kind: 'repeat', accepts: anyCharacter},
    ]
  }
  cursor.at += 1
  return [{kind: 'folders'}]
}

function readBraces(cursor: Cursor, startsSegment: boolean, depth: number): Part {
  const {characters} = cursor
  if (depth >= deepestBraces) throw malformed(cursor, 'has braces too deep inside each other')
  const branches: (readonly Part[])[] = []
  do {
    cursor.at += 1
    branches.push(readSequence(cursor, startsSegment, depth + 1))
  } while (characters[cursor.at] === ',')
  if (characters[cursor.at] !== '}') throw unclosed(cursor, '{', '}')
  cursor.at += 1
  return {kind: 'choice', branches}
}

/** `[a-z]`, `[!a]` or `[^a]`. */
function readClass(cursor: Cursor): Part {
  const {characters} = cursor
  const inSegment = wildcard(cursor)
  cursor.at += 1
  const isNegated = characters[cursor.at] === '!' || characters[cursor.at] === '^'
  if (isNegated) cursor.at += 1
  const ranges: (readonly [number, number])[] = []
  for (let first = true; first || characters[cursor.at] !== ']'; first = false) ranges.push(readRange(cursor))
  cursor.at += 1
  const accepts: Accepts = (code) =>
    inSegment(code) && ranges.some(([low, high]) => code >= low && code <= high) !== isNegated
  return {kind: 'character', accepts}
}

function readRange(cursor: Cursor): readonly [number, number] {
  const {characters} = cursor
  const low = readMember(cursor)
  const afterDash = characters[cursor.at + 1]
  // A "-" before the closing bracket is itself.
  if (characters[cursor.at] !== '-' || afterDash === undefined || afterDash === ']') return [low, low]
  cursor.at += 1
  const high = readMember(cursor)
  if (high < low) throw malformed(cursor, 'has a range that runs backwards')
  return [low, high]
}

function readMember(cursor: Cursor): number {
  if (cursor.characters[cursor.at] === '\\') cursor.at += 1
  const code = cursor.characters[cursor.at]?.codePointAt(0)
  if (code === undefined) throw unclosed(cursor, '[', ']')
  cursor.at += 1
  return code
}

function unclosed(cursor: Cursor, opening: string, closing: string): ActionError {
  return malformed(
    cursor,
    `has a "${opening}" without its "${closing}"`,
    `Write \\${opening} for the character itself.`,
  )
}

function malformed({pattern}: Cursor, why: string, hint?: string): ActionError {
  return new ActionError('usage', `The pattern "${clean(pattern, 100)}" ${why}.`, {hint})
}
