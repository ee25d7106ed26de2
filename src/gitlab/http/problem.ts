import {clean} from '../../base/clean.ts'
import {ActionError} from '../../base/errors.ts'
import type {FailureKind} from '../../base/errors.ts'
import {isRootOfApi} from '../api/addresses.ts'
import {errorText, readJson} from './answer.ts'
import type {JsonBody} from './answer.ts'
import {Setback} from './attempts.ts'
import type {Reply} from './exchange.ts'
import {explainRefusal} from '../api/refusal.ts'
import type {Answer} from '../api/refusal.ts'
import {certificateHint} from './network.ts'
import {isTransient} from './retry.ts'
import type {Failure} from './retry.ts'

export interface Asked extends Pick<Answer, 'route' | 'credential' | 'facts' | 'hasJobToken' | 'projectIsOpen'> {
  /** `GET /projects/7/jobs`. */
  readonly about: string
  /** The root of the API, as it was given. */
  readonly api: URL
}

/** Reads an answer that is not the one hoped for, and says what it means. */
export async function problemOf(reply: Reply, asked: Asked): Promise<Setback> {
  const {status, headers, isStore} = reply
  const body = await readJson(reply)
  const said = body.kind === 'json' ? errorText(body.value) : ''
  const html = body.kind === 'other' && body.isHtml
  const lock = status === 409 && /resource lock/i.test(said)
  const failure: Failure = {kind: 'status', status, headers, html, lock, store: isStore}
  const isPage = html && status < 500
  const details = {
    status,
    hint: isPage ? isRootOfApi(asked.api) : undefined,
    fault: isPage ? ('page' as const) : undefined,
  }
  if (isStore) {
    const text = `${asked.about} → ${status} from ${reply.url.host}, where GitLab keeps the file.${storeCode(body)}`
    return new Setback(failure, new ActionError(storeKind(status, failure), text, {status}))
  }
  // What nginx makes of a client without a certificate.
  if (html && status === 400 && /SSL certificate/i.test(plain(body))) {
    const text = `${asked.about} → 400. The server demands a client certificate.`
    return new Setback(failure, new ActionError('refused', text, {status, hint: certificateHint}))
  }
  if ((status === 401 || status === 403 || status === 404) && !html) {
    const {kind, why, hint} = explainRefusal({...asked, status, said: said || plain(body)})
    return new Setback(failure, new ActionError(kind, `${asked.about} → ${status}. ${why}`, {hint, status}))
  }
  const shown = said || plain(body)
  const text = `${asked.about} → ${status}.${shown === '' ? '' : ` The server says: ${shown.replace(/\.$/, '')}.`}`
  return new Setback(failure, new ActionError(kindOf(status, failure), text, details))
}

/** An answer of 200 that is not what it should be: most often something between us, and worth another try. */
export function unreadable(
  reply: Reply,
  body: Exclude<JsonBody, {kind: 'json'}>,
  {about, api}: Pick<Asked, 'about' | 'api'>,
): Setback | ActionError {
  const isPage = body.kind === 'other' && body.isPage
  const error = new ActionError('untrusted', `${about} → ${reply.status}, but with ${body.what}.`, {
    status: reply.status,
    ...(isPage ? {fault: 'page', hint: isRootOfApi(api)} : {}),
  })
  return body.kind === 'other' ? new Setback({kind: 'content'}, error) : error
}

function kindOf(status: number, failure: Failure): FailureKind {
  if (isTransient(failure)) return 'unreachable'
  if (status === 400 || status === 405 || status === 422) return 'usage'
  if (status === 409) return 'wrongState'
  if (status === 410) return 'notFound'
  if (status === 401 || status === 403 || status === 451) return 'refused'
  return 'untrusted'
}

function storeKind(status: number, failure: Failure): FailureKind {
  if (status === 404) return 'notFound'
  if (status === 401 || status === 403) return 'refused'
  return isTransient(failure) ? 'unreachable' : 'untrusted'
}

/** S3 and its kin name the reason in XML. Only the code: the message may repeat what was signed. */
function storeCode(body: JsonBody): string {
  const code = body.kind === 'other' ? /<Code>([A-Za-z0-9.]{1,60})<\/Code>/.exec(body.what)?.[1] : undefined
  return code === undefined ? '' : ` It says: ${code}.`
}

/** What workhorse and proxies write: a short plain text. */
function plain(body: JsonBody): string {
  return body.kind === 'other' ? clean(body.what, 240) : ''
}
