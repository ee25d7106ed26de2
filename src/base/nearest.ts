import {distance} from 'fastest-levenshtein'

/** The names among `known` that were probably meant by `name`, the likeliest first. Empty if none comes near. */
export function nearestNames(name: string, known: Iterable<string>, limit = 3): readonly string[] {
  const wanted = name.toLowerCase()
  return [...new Set(known)]
    .map((candidate) => ({candidate, far: farness(wanted, candidate.toLowerCase())}))
    .filter(({far}) => far <= 0.5)
    .sort((a, b) => a.far - b.far)
    .slice(0, limit)
    .map(({candidate}) => candidate)
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
