import type {RequestCaller} from '../world/record.ts'

/** What goes back to the client, whole. */
export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer
  /** The file server and the object store cut ranges out of the body themselves; nothing else on GitLab does. */
  readonly ranges?: boolean
}

/** As the API gives it. */
export interface ApiAnswer extends Answer {
  /** The sandbox has no such route, on no version. */
  readonly isUnknown?: boolean
  readonly caller?: RequestCaller | undefined
  /** What GitLab does not say: which of its checks failed. */
  readonly why?: string | undefined
}

/** Thrown anywhere in a route to answer at once. */
export class Refusal extends Error {
  override readonly name = 'Refusal'
  readonly answer: Answer
  readonly why: string | undefined

  constructor(answer: Answer, why?: string) {
    super(`answered ${answer.status}`)
    this.answer = answer
    this.why = why
  }
}

/** The same answer, with the reason for the record of requests: GitLab keeps it to itself. */
export function because(why: string, {answer}: Refusal): Refusal {
  return new Refusal(answer, why)
}

/** What a refusal says of itself, in the ways of GitLab's JSON and of an object store's XML. */
export function textOfRefusal({headers, body}: Answer): string | undefined {
  const text = body.toString()
  if (headers['content-type']?.includes('xml')) return /<Message>(.*)<\/Message>/s.exec(text)?.[1]
  if (!headers['content-type']?.includes('json')) return undefined
  const {message, error, error_description: description} = JSON.parse(text) as Readonly<Record<string, unknown>>
  const said = description ?? message ?? error
  return said === undefined || typeof said === 'string' ? said : JSON.stringify(said)
}

const nothing = Buffer.alloc(0)

export function json(status: number, value: unknown, headers: Readonly<Record<string, string>> = {}): Answer {
  return jsonText(status, JSON.stringify(value), headers)
}

/** As `json`, of text that is JSON already. */
export function jsonText(status: number, text: string, headers: Readonly<Record<string, string>> = {}): Answer {
  return {status, headers: {'content-type': 'application/json', ...headers}, body: Buffer.from(text)}
}

export function plain(status: number, body: string | Buffer, headers: Readonly<Record<string, string>> = {}): Answer {
  return {status, headers: {'content-type': 'text/plain', ...headers}, body: Buffer.from(body)}
}

export function xml(status: number, code: string, message: string): Answer {
  const body = `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>${message}</Message></Error>`
  return {status, headers: {'content-type': 'application/xml'}, body: Buffer.from(body)}
}

export function empty(status: number, headers: Readonly<Record<string, string>> = {}): Answer {
  return {status, headers, body: nothing}
}

/** The refusals of GitLab's API, by the names that its source gives them. */
export const unauthorized = (): Refusal => message(401, '401 Unauthorized')
export const forbidden = (reason?: string): Refusal =>
  message(403, reason === undefined ? '403 Forbidden' : `403 Forbidden - ${reason}`)
export const notFound = (what?: string): Refusal =>
  message(404, what === undefined ? '404 Not Found' : `404 ${what} Not Found`)
/** A missing database record: the f is small. */
export const noRecord = (): Refusal => message(404, '404 Not found')
export const badRequest = (reason?: string): Refusal =>
  message(400, reason === undefined ? '400 Bad request' : `400 Bad request - ${reason}`)
export const conflict = (text = '409 Conflict'): Refusal => message(409, text)
export const noRoute = (): Refusal => error(404, '404 Not Found')
export const crash = (): Refusal => message(500, '500 Internal Server Error')
/** What the validation of parameters says. */
export const invalid = (...problems: readonly string[]): Refusal => error(400, problems.join(', '))

export function message(status: number, text: unknown, headers: Readonly<Record<string, string>> = {}): Refusal {
  return new Refusal(json(status, {message: text}, headers))
}

export function error(status: number, text: string, more: Readonly<Record<string, string>> = {}): Refusal {
  return new Refusal(json(status, {error: text, ...more}))
}
