/**
 * Reads one part of an answer: gives it back typed and whole (keys we do not know stay), or throws a ShapeError.
 * `at` is the way to it, such as `[3].pipeline.id`.
 */
export type Shape<T> = (value: unknown, at: string) => T

/** An answer does not look as GitLab documents it. Holds no text from the server. */
export class ShapeError extends Error {
  override readonly name = 'ShapeError'
}

/** Checks the keys named and keeps all others. */
export function object<F extends Readonly<Record<string, Shape<unknown>>>>(
  fields: F,
): Shape<{readonly [K in keyof F]: ReturnType<F[K]>}> {
  const checks = Object.entries(fields)
  return (value, at) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) throw mismatch(value, at, 'an object')
    for (const [key, check] of checks) {
      // Without hasOwn, an inherited key such as "constructor" would count as there.
      check(Object.hasOwn(value, key) ? (value as Record<string, unknown>)[key] : undefined, at ? `${at}.${key}` : key)
    }
    return value as never
  }
}

/** A list, each item of which has a shape. */
export function array<T>(item: Shape<T>): Shape<readonly T[]> {
  return (value, at) => {
    if (!Array.isArray(value)) throw mismatch(value, at, 'a list')
    for (const [index, entry] of value.entries()) item(entry, `${at}[${index}]`)
    return value as readonly T[]
  }
}

/** A whole number that JSON has not rounded. */
export const integer: Shape<number> = (value, at) => {
  if (!Number.isSafeInteger(value)) throw mismatch(value, at, 'a whole number')
  return value as number
}

/** An id of GitLab's: whole and positive. */
export const id: Shape<number> = (value, at) => {
  if (integer(value, at) < 1) throw mismatch(value, at, 'a positive whole number')
  return value as number
}

export const number: Shape<number> = (value, at) => {
  if (typeof value !== 'number' || !Number.isFinite(value)) throw mismatch(value, at, 'a number')
  return value
}

export const text: Shape<string> = (value, at) => {
  if (typeof value !== 'string') throw mismatch(value, at, 'a text')
  return value
}

export const truth: Shape<boolean> = (value, at) => {
  if (typeof value !== 'boolean') throw mismatch(value, at, 'true or false')
  return value
}

/** Must be there, and may be null. */
export function nullable<T>(inner: Shape<T>): Shape<T | null> {
  return (value, at) => (value === null ? null : inner(value, at))
}

/** May be left out; null is another matter. */
export function optional<T>(inner: Shape<T>): Shape<T | undefined> {
  return (value, at) => (value === undefined ? undefined : inner(value, at))
}

/** For routes whose answer says nothing beyond its status. */
export const nothing: Shape<undefined> = () => undefined

function mismatch(value: unknown, at: string, expected: string): ShapeError {
  const found =
    value === undefined
      ? 'is missing'
      : value === null
        ? 'is null'
        : Array.isArray(value)
          ? 'is a list'
          : typeof value === 'object'
            ? 'is an object'
            : typeof value === 'number'
              ? 'is another number'
              : `is a ${typeof value}`
  return new ShapeError(`${at === '' ? 'the answer' : `"${at}"`} ${found}, not ${expected}`)
}
