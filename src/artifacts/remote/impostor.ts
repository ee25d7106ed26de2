import {extname} from 'node:path'
import {clean} from '../../base/clean.ts'
import {ActionError} from '../../base/errors.ts'
import type {OpenBody} from '../../gitlab/api/types.ts'
import {nextOf} from './body.ts'

/** What was asked for, as far as it shows in an answer: an archive, a job's log, or a file of that path in an archive. */
export type Asked =
  'zip' | 'log' | {readonly file: string; readonly knownBytes?: (() => Promise<number | undefined>) | undefined}

/**
 * The answer again, once its type and its first bytes have been looked at. A sign-in page, a proxy's page or JSON in place of what was asked for is
 * told at once: `refused` for a page that asks to sign in, `untrusted` for any other. Another try would bring the same.
 */
export async function refuseImpostor(answer: OpenBody, asked: Asked): Promise<OpenBody> {
  if (answer.status === 206) {
    if (asked === 'zip' && kindOf(answer, Buffer.alloc(0)) !== undefined) throw impostor(answer, '', asked)
    return answer
  }
  const pieces = answer.body[Symbol.asyncIterator]()
  const first = await nextOf(pieces)
  const head = Buffer.from(first.done ? [] : first.value.subarray(0, 4_096))
  const refuse = (): never => {
    answer.discard()
    throw impostor(answer, head.toString('latin1'), asked)
  }
  const verdict = await judge(answer, head, asked)
  if (verdict === 'other') refuse()
  const body = resumed(first, pieces, typeof verdict === 'number' ? verdict : undefined, refuse)
  return {...answer, discard: () => answer.discard(), body}
}

/** The whole body once more; it must have so many bytes, if that is known. */
async function* resumed(
  first: IteratorResult<Uint8Array>,
  rest: AsyncIterator<Uint8Array>,
  knownBytes: number | undefined,
  refuse: () => never,
): AsyncGenerator<Uint8Array, void, undefined> {
  let next = first
  let bytes = 0
  try {
    while (!next.done) {
      bytes += next.value.length
      if (knownBytes !== undefined && bytes > knownBytes) refuse()
      yield next.value
      next = await rest.next()
    }
    if (knownBytes !== undefined && bytes !== knownBytes) refuse()
  } finally {
    if (!next.done) await rest.return?.()
  }
}

/** A number: it is what was asked for if it has so many bytes. */
async function judge(answer: OpenBody, head: Buffer, asked: Asked): Promise<'asked' | 'other' | number> {
  if (asked !== 'zip' && asked !== 'log' && looksOdd(answer, head)) {
    const known = await asked.knownBytes?.()
    if (known !== undefined) return known
  }
  return isImpostor(answer, head, asked) ? 'other' : 'asked'
}

/** GitLab hands a file out as an attachment, which no page is. */
function looksOdd(answer: OpenBody, head: Buffer): boolean {
  return kindOf(answer, head) !== undefined && !/^\s*attachment\b/i.test(answer.headers['content-disposition'] ?? '')
}

function isImpostor(answer: OpenBody, head: Buffer, asked: Asked): boolean {
  const kind = kindOf(answer, head)
  if (kind === undefined) return false
  if (asked === 'zip') return !head.subarray(0, 2).equals(Buffer.from('PK'))
  if (asked === 'log') return kind.isDeclared
  if (!looksOdd(answer, head)) return false
  const extensions =
    kind.name === 'page'
      ? /^\.(?:[xs]?html?|php|vue|svelte|hbs|ejs)$/i
      : /^\.(?:\w*json\w*|map|sarif|webmanifest|har|ipynb)$/i
  if (!extensions.test(extname(asked.file))) return true
  return kind.name === 'page'
    ? asksToSignIn(head.toString('latin1'))
    : /^\s*\{"(?:message|error)"/.test(head.toString('latin1'))
}

interface Kind {
  readonly name: 'page' | 'json'
  /** Its type says so, not only its first bytes. */
  readonly isDeclared: boolean
}

function kindOf({headers}: OpenBody, head: Buffer): Kind | undefined {
  const type = headers['content-type'] ?? ''
  if (/^\s*(?:text\/html|application\/xhtml)/i.test(type)) return {name: 'page', isDeclared: true}
  if (/^\s*application\/(?:[\w.-]+\+)?json\b/i.test(type)) return {name: 'json', isDeclared: true}
  return /^\uFEFF?\s*<(?:!doctype html|html|head|body)\b/i.test(head.toString('utf8'))
    ? {name: 'page', isDeclared: false}
    : undefined
}

function asksToSignIn(text: string): boolean {
  return /sign[\s_-]?in|log[\s_-]?in|single sign|password|\bsso\b|saml/i.test(text)
}

function impostor({status, headers, origin}: OpenBody, head: string, asked: Asked): ActionError {
  const what = asked === 'zip' ? 'the archive' : asked === 'log' ? 'the log' : `"${clean(asked.file, 200)}"`
  const type = clean(headers['content-type'] ?? 'none', 60)
  const isSignIn = /^\s*(?:\uFEFF|ï»¿)?\s*</.test(head) && asksToSignIn(head)
  const came = isSignIn ? 'a page that asks to sign in' : /json/i.test(type) ? 'JSON' : 'a web page'
  return new ActionError(
    isSignIn ? 'refused' : 'untrusted',
    `${origin} answered ${status} with ${came} in place of ${what} (content type ${type}).`,
    {
      status,
      hint: isSignIn
        ? 'The credential was not taken, or something in front of GitLab asks people to sign in: let the API and its downloads pass there.'
        : 'Something between here and the file answers instead. Check --api-url and the proxy.',
    },
  )
}
