import type {Random} from './random.ts'

/** Something that takes bytes from outside, and what must hold of it whatever they are. */
export interface Target {
  readonly name: string
  readonly about: string
  readonly seeds: readonly Buffer[]
  /** Pieces that mean something to it. */
  readonly words: readonly string[]
  /** Inputs that mutation alone would hardly find, made by structure. */
  readonly generate?: (random: Random) => Buffer
  /** Throws if what must hold does not. A refusal by us is no throw. */
  readonly run: (input: Buffer) => void | Promise<void>
}

/** Throws with the sentence unless it is so. */
export function hold(isSo: boolean, sentence: string): asserts isSo {
  if (!isSo) throw new Error(sentence)
}
