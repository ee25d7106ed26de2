/** Parameters as Rack nests them: `a[]=1`, `a[0]=1`, `a[][key]=1` and `a[key]=1` become arrays and objects. */
export type Params = Record<string, unknown>

/** Reads a query string or a form. Malformed percent codes are kept as they came. */
export function parseForm(text: string): Params {
  const params: Params = {}
  for (const pair of text.split('&')) {
    if (pair === '') continue
    const at = pair.indexOf('=')
    const name = unescape(at < 0 ? pair : pair.slice(0, at))
    assign(params, name, at < 0 ? null : unescape(pair.slice(at + 1)))
  }
  return params
}

/** Puts one value where its bracketed name says. */
function assign(params: Params, name: string, value: unknown): void {
  const [head, rest] = splitName(name)
  if (head === '' || head === '__proto__') return
  if (rest === '') params[head] = value
  else if (rest === '[]') push(params, head, value)
  else if (rest.startsWith('[][')) assignInList(params, head, inner(rest.slice(2)), value)
  else {
    const nested = params[head]
    assign((params[head] = isObject(nested) ? nested : {}), inner(rest), value)
  }
}

function assignInList(params: Params, head: string, name: string, value: unknown): void {
  const list = Array.isArray(params[head]) ? (params[head] as unknown[]) : []
  params[head] = list
  const last: unknown = list.at(-1)
  const [key] = splitName(name)
  // Rack begins a new element when the current one has the key already.
  if (isObject(last) && !(key in last)) assign(last, name, value)
  else {
    const element: Params = {}
    assign(element, name, value)
    list.push(element)
  }
}

function push(params: Params, head: string, value: unknown): void {
  const list: unknown = params[head]
  if (Array.isArray(list)) list.push(value)
  else params[head] = [value]
}

/** `a[b][c]` is `a` and `[b][c]`. */
function splitName(name: string): readonly [string, string] {
  const at = name.indexOf('[', 1)
  return at < 0 || !name.endsWith(']') ? [name, ''] : [name.slice(0, at), name.slice(at)]
}

/** `[b][c]` is the name `b[c]`. */
function inner(brackets: string): string {
  const end = brackets.indexOf(']')
  return brackets.slice(1, end) + brackets.slice(end + 1)
}

/** Without those that are blank: a filter of spaces is none. */
export function filled(params: Params): Params {
  return Object.fromEntries(Object.entries(params).filter(([, value]) => !isBlank(value)))
}

export function isBlank(value: unknown): boolean {
  return value === null || value === undefined || (typeof value === 'string' && value.trim() === '')
}

export function isObject(value: unknown): value is Params {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** A value as text: text itself, and JSON of anything else. */
export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? '')
}

function unescape(text: string): string {
  const spaced = text.replaceAll('+', ' ')
  try {
    return decodeURIComponent(spaced)
  } catch {
    return spaced
  }
}

/** As Rails writes a query: names sorted, nested names in brackets. */
export function toQuery(params: Params): string {
  return Object.entries(params)
    .flatMap(([name, value]) => pairs(name, value))
    .sort()
    .join('&')
}

function pairs(name: string, value: unknown): readonly string[] {
  if (Array.isArray(value)) return value.flatMap((item: unknown) => pairs(`${name}[]`, item))
  if (isObject(value)) return Object.entries(value).flatMap(([key, item]) => pairs(`${name}[${key}]`, item))
  if (value === undefined) return []
  return [`${encode(name)}=${encode(value === null ? '' : textOf(value))}`]
}

function encode(text: string): string {
  if (/^[\w.-]*$/.test(text)) return text
  return encodeURIComponent(text)
    .replace(/[!'()*~]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll('%20', '+')
}

/** The parameters of a request body: JSON, a form, or a multipart form. Undefined for JSON that is none. */
export function parseBody(contentType: string, body: Buffer): Params | undefined {
  if (body.length === 0) return {}
  if (contentType.startsWith('application/json')) return parseJson(body.toString())
  if (contentType.startsWith('multipart/form-data')) return parseMultipart(contentType, body.toString())
  return contentType.startsWith('application/x-www-form-urlencoded') ? parseForm(body.toString()) : {}
}

function parseJson(text: string): Params | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return isObject(value) ? value : {}
  } catch {
    return undefined
  }
}

/** Text fields only: no route here takes a file. */
function parseMultipart(contentType: string, body: string): Params {
  const boundary = /boundary="?([^";]+)/.exec(contentType)?.[1]
  const params: Params = {}
  if (boundary === undefined) return params
  for (const part of body.split(`--${boundary}`)) {
    const [head = '', ...content] = part.split('\r\n\r\n')
    const name = /name="([^"]*)"/.exec(head)?.[1]
    if (name !== undefined) assign(params, name, content.join('\r\n\r\n').replace(/\r\n$/, ''))
  }
  return params
}

export async function bodyOf(request: AsyncIterable<unknown>): Promise<Buffer> {
  const pieces: Buffer[] = []
  for await (const piece of request) pieces.push(piece as Buffer)
  return Buffer.concat(pieces)
}
