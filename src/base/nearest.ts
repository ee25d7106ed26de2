import {distance} from 'fastest-levenshtein'

/** The names among `known` that were probably meant by `name`, the likeliest first. Empty if none comes near. */
export function nearestNames(name: string, known: Iterable<string>, limit = 3): readonly string[] {
  const given = name.toLowerCase()
  return [...new Set(known)]
    .map((candidate) => ({candidate, far: farness(given, candidate.toLowerCase())}))
    .filter(({far}) => far <= 0.5)
    .sort((a, b) => a.far - b.far)
    .slice(0, limit)
    .map(({candidate}) => candidate)
}

/**
 * What may have been meant by a name that is not known, for a question: all that it is the beginning of, since nothing tells them apart, else the
 * likeliest one. Empty if none comes near.
 */
export function meantNames(name: string, known: Iterable<string>): readonly string[] {
  const names = [...new Set(known)]
  const longer = names.filter((candidate) => candidate.toLowerCase().startsWith(name.toLowerCase()))
  return name !== '' && longer.length > 0 ? longer.toSorted() : nearestNames(name, names, 1)
}

/** `a`, `a or b`, `a, b or c`. */
export function alternatives(names: readonly string[]): string {
  return names.length < 2 ? names.join() : `${names.slice(0, -1).join(', ')} or ${names.at(-1)}`
}

/** 0 for the same text, 1 for nothing in common. One text inside the other counts as near, the same letters in another order as one edit. */
function farness(a: string, b: string): number {
  const longest = Math.max(a.length, b.length, 1)
  const edits = (a !== b && sorted(a) === sorted(b) ? 1 : distance(a, b)) / longest
  const holds = Math.min(a.length, b.length) >= 3 && (a.includes(b) || b.includes(a))
  return holds ? Math.min(edits, 0.4) : edits
}

function sorted(text: string): string {
  return text.split('').sort().join('')
}
