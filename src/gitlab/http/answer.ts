import {promisify} from 'node:util'
import {gunzip} from 'node:zlib'
import {clean} from '../../base/clean.ts'
import {ActionError, type FailureDetails, type FailureKind} from '../../base/errors.ts'
import {isRootOfApi} from '../api/addresses.ts'
import {Contradiction} from '../api/checks.ts'
import type {Endpoint} from '../api/endpoints.ts'
import {ShapeError} from '../api/responses.ts'
import {isCoded} from './network.ts'
import {Setback} from './retry.ts'
import type {HopAnswer} from './transport.ts'

/** Decoded, per answer. */
const jsonLimitBytes = 16 * 1024 * 1024
const maxDepth = 200

export type JsonBody =
  | {readonly kind: 'json'; readonly value: unknown}
  /** Cut, empty, HTML or otherwise not JSON: most often something between GitLab and us, and gone soon. */
  | {readonly kind: 'other'; readonly what: string; readonly isHtml: boolean; readonly isPage: boolean}
  /** Larger or deeper than any answer of GitLab's. */
  | {readonly kind: 'oversized'; readonly what: string}

type Received = Pick<HopAnswer, 'headers' | 'body' | 'discard'>

/** Hears how many more bytes have come. */
export type Arrived = (bytes: number) => void

interface Reading {
  /** `GET /projects/7/jobs`. */
  readonly about: string
  /** The root of the API, as it was given. */
  readonly api: URL
  readonly arrived: Arrived
}

/** Reads a whole JSON body of at most 16 MiB, decoded. Rejects only if the connection breaks. */
export async function readJson(answer: Received, arrived?: Arrived): Promise<JsonBody> {
  const sent = await readAll(answer, arrived)
  const tooLarge = {kind: 'oversized', what: `more than ${jsonLimitBytes} bytes of JSON`} as const
  if (sent === undefined) return tooLarge
  const bytes = await decode(sent, answer.headers['content-encoding'])
  if (bytes === 'oversized') return tooLarge
  if (bytes === undefined) return {kind: 'other', what: 'a body that cannot be unpacked', isHtml: false, isPage: false}
  const text = bytes.toString('utf8')
  if (depth(text) > maxDepth) return {kind: 'oversized', what: `JSON nested more than ${maxDepth} levels deep`}
  try {
    return {kind: 'json', value: JSON.parse(text)}
  } catch {
    return {kind: 'other', ...describe(text, answer.headers['content-type'])}
  }
}

/** What an endpoint makes of an answer. Rejects with a Setback for what is no JSON, and `untrusted` for what is not GitLab's. */
export async function readValue<T>(
  endpoint: Endpoint<T>,
  answer: HopAnswer,
  {about, api, arrived}: Reading,
): Promise<T> {
  const body = await readJson(answer, arrived)
  if (body.kind !== 'json') throw unreadable(body, answer, about, api)
  const value = readShape(endpoint, body.value, answer, about)
  if (endpoint.isList && !isWhole(answer, value)) {
    const text = 'but nothing shows that the list is whole'
    throw new Setback({kind: 'content'}, answerError('untrusted', about, answer, text, {fault: 'part'}))
  }
  return value
}

/** The error of an answer that is not what it should be: `GET /job → 200, but with HTML.` */
export function answerError(
  kind: FailureKind,
  about: string,
  {status}: Pick<HopAnswer, 'status'>,
  but: string,
  details: FailureDetails = {},
): ActionError {
  return new ActionError(kind, `${about} → ${status}, ${but}.`, {status, ...details})
}

/** A value as an endpoint expects it. Throws `untrusted`, with the status of the answer, if it is not. */
export function readShape<T>(endpoint: Endpoint<T>, value: unknown, answer: HopAnswer, about: string): T {
  try {
    return endpoint.read(value, '')
  } catch (error) {
    if (!(error instanceof ShapeError)) throw error
    throw answerError('untrusted', about, answer, `but ${error.message}`, {
      cause: error,
      fault: error instanceof Contradiction ? 'contradiction' : undefined,
      hint: 'Either this is not GitLab, or its answers have changed. Please report it with the version of GitLab.',
    })
  }
}

/** Most often something between us, and worth another try. */
function unreadable(
  body: Exclude<JsonBody, {kind: 'json'}>,
  answer: HopAnswer,
  about: string,
  api: URL,
): Setback | ActionError {
  const isPage = body.kind === 'other' && body.isPage
  const details = isPage ? ({fault: 'page', hint: isRootOfApi(api)} as const) : {}
  const error = answerError('untrusted', about, answer, `but with ${body.what}`, details)
  return body.kind === 'other' ? new Setback({kind: 'content'}, error) : error
}

/** A part, and a body that nothing but the end of the connection closes, may be cut where it is still JSON. */
function isWhole({status, headers}: HopAnswer, value: unknown): boolean {
  if (status !== 200) return false
  const hasEnd = headers['content-length'] !== undefined || /\bchunked\b/i.test(headers['transfer-encoding'] ?? '')
  return hasEnd || (Array.isArray(value) && headers['x-total'] === String(value.length))
}

/** What GitLab says in a body of an error: its `message`, `error` and `error_description`, of whatever type they are. */
export function errorText(value: unknown): string {
  if (typeof value !== 'object' || value === null) return ''
  const {message, error, error_description: description} = value as Record<string, unknown>
  return clean(
    [message, error, description]
      .filter((part) => part !== undefined && part !== null)
      .map((part) => (typeof part === 'string' ? part : JSON.stringify(part)))
      .join(': '),
    300,
  )
}

/** A page is meant for people, or for another program: no JSON that was cut. */
function describe(text: string, type = '') {
  const isHtml = /^\s*<(?!\?xml)/.test(text) || /\bhtml\b/i.test(type)
  const isEmpty = text.trim() === ''
  const shown = isEmpty ? 'an empty body' : `${isHtml ? 'HTML' : 'no JSON'}: ${clean(text.trim(), 120)}`
  const isPage = isHtml || (!isEmpty && type !== '' && !/\bjson\b/i.test(type))
  return {what: `${shown} (content type ${clean(type || 'none', 60)})`, isHtml, isPage}
}

/** Undefined if there is more than the limit. */
async function readAll(answer: Received, arrived?: Arrived): Promise<Buffer | undefined> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of answer.body) {
    size += chunk.length
    arrived?.(chunk.length)
    if (size > jsonLimitBytes) {
      answer.discard()
      return undefined
    }
    chunks.push(chunk)
  }
  return Buffer.concat(chunks, size)
}

async function decode(sent: Buffer, coding = 'identity'): Promise<Buffer | 'oversized' | undefined> {
  if (/^(?:identity)?$/i.test(coding)) return sent
  if (!/^(?:x-)?gzip$/i.test(coding)) return undefined
  try {
    return await promisify(gunzip)(sent, {maxOutputLength: jsonLimitBytes})
  } catch (error) {
    return isCoded(error) && error.code === 'ERR_BUFFER_TOO_LARGE' ? 'oversized' : undefined
  }
}

/** How deep brackets nest outside of strings. Whoever walks or prints a value later does it by recursion. */
function depth(text: string): number {
  let [level, deepest, inString] = [0, 0, false]
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index)
    if (inString) {
      if (code === 0x5c) index++
      else if (code === 0x22) inString = false
    } else if (code === 0x22) inString = true
    else if (code === 0x5b || code === 0x7b) deepest = Math.max(deepest, ++level)
    else if (code === 0x5d || code === 0x7d) level--
  }
  return deepest
}
