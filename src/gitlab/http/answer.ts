import {promisify} from 'node:util'
import {gunzip} from 'node:zlib'
import {clean} from '../../base/clean.ts'
import {isCoded} from './network.ts'

/** Decoded, per answer. */
export const jsonLimitBytes = 16 * 1024 * 1024
const maxDepth = 200
const unzip = promisify(gunzip)

export type JsonBody =
  | {readonly kind: 'json'; readonly value: unknown}
  /** Cut, empty, HTML or otherwise not JSON: most often something between GitLab and us, and gone soon. */
  | {readonly kind: 'other'; readonly what: string; readonly isHtml: boolean; readonly isPage: boolean}
  /** Larger or deeper than any answer of GitLab's. */
  | {readonly kind: 'oversized'; readonly what: string}

interface Received {
  readonly headers: Readonly<Record<string, string>>
  readonly body: AsyncIterable<Uint8Array>
  discard(): void
}

/** Told how many bytes have come. */
export type Arrived = (bytes: number) => void

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
    return await unzip(sent, {maxOutputLength: jsonLimitBytes})
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
