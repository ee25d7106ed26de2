/** What an answer must look like: a check of one value, saying what is wrong and where. */
export type Shape = (value: unknown, place: string) => readonly string[]

export const is =
  (what: string, fits: (value: unknown) => boolean): Shape =>
  (value, place) =>
    fits(value) ? [] : [`${place}: ${JSON.stringify(value)} is no ${what}`]

export const text = is('string', (value) => typeof value === 'string')
export const int = is('integer', Number.isInteger)
export const bool = is('boolean', (value) => typeof value === 'boolean')
export const seconds = is('number of seconds', (value) => typeof value === 'number' && value >= 0)
export const number = is('number', (value) => typeof value === 'number')
export const moment = is('time with milliseconds in UTC', (value) =>
  /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(String(value)),
)
export const sha = is('commit id', (value) => /^[0-9a-f]{40}$/.test(String(value)))
export const url = is('URL', (value) => /^https?:\/\//.test(String(value)))
export const octal = is('six-digit mode', (value) => /^[0-7]{6}$/.test(String(value)))
export const oneOf = (...choices: readonly string[]): Shape =>
  is(`one of ${choices.join(', ')}`, (value) => choices.includes(String(value)))
export const anything: Shape = () => []

export const orNull =
  (shape: Shape): Shape =>
  (value, place) =>
    value === null ? [] : shape(value, place)

export const list =
  (shape: Shape): Shape =>
  (value, place) =>
    Array.isArray(value)
      ? value.flatMap((item: unknown, index) => shape(item, `${place}/${index}`))
      : [`${place}: not a list`]

/** Exactly these keys; those whose name ends in "?" may be absent. */
export const object =
  (keys: Readonly<Record<string, Shape>>): Shape =>
  (value, place) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return [`${place}: not an object`]
    const given = value as Readonly<Record<string, unknown>>
    const shapes = new Map(
      Object.entries(keys).map(([name, shape]) => [name.replace(/\?$/, ''), {shape, isNeeded: !name.endsWith('?')}]),
    )
    const unknown = Object.keys(given).filter((name) => !shapes.has(name))
    return [
      ...unknown.map((name) => `${place}/${name}: a key that GitLab does not send`),
      ...[...shapes].flatMap(([name, {shape, isNeeded}]) => {
        if (Object.hasOwn(given, name)) return shape(given[name], `${place}/${name}`)
        return isNeeded ? [`${place}/${name}: missing`] : []
      }),
    ]
  }

/** Keys that only some versions have. */
export const when = (isThere: boolean, keys: Readonly<Record<string, Shape>>) => (isThere ? keys : {})
