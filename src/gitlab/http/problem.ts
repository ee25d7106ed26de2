import {clean} from '../../base/clean.ts'
import {ActionError} from '../../base/errors.ts'
import type {FailureDetails, FailureKind} from '../../base/errors.ts'
import {isRootOfApi} from '../api/addresses.ts'
import {errorText, readJson} from './answer.ts'
import type {JsonBody} from './answer.ts'
import {explainRefusal} from '../api/refusal.ts'
import type {Answer} from '../api/refusal.ts'
import {certificateHint} from './network.ts'
import {isTransient, Setback} from './retry.ts'
import type {Failure} from './retry.ts'
import type {Reply} from './transport.ts'

interface Asked extends Pick<Answer, 'route' | 'credential' | 'facts' | 'hasJobToken' | 'projectIsOpen'> {
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
  const text = said || plain(body)
  const html = body.kind === 'other' && body.isHtml
  const lock = status === 409 && /resource lock/i.test(said)
  const failure: Failure = {kind: 'status', status, headers, html, lock, store: isStore}
  const setback = (kind: FailureKind, why: string, details: FailureDetails = {}): Setback =>
    new Setback(failure, new ActionError(kind, `${asked.about} → ${status}${why}`, {status, ...details}))
  if (isStore) {
    const from = ` from ${reply.url.host}, where GitLab keeps the file.${storeCode(body)}`
    return setback(storeKind(status, failure), from)
  }
  // What nginx makes of a client without a certificate.
  if (html && status === 400 && /SSL certificate/i.test(text)) {
    return setback('refused', '. The server demands a client certificate.', {hint: certificateHint})
  }
  if ((status === 401 || status === 403 || status === 404) && !html) {
    const {kind, why, hint} = explainRefusal({...asked, status, said: text})
    return setback(kind, `. ${why}`, {hint})
  }
  const why = text === '' ? '.' : `. The server says: ${text.replace(/\.$/, '')}.`
  const isPage = html && status < 500
  return setback(kindOf(status, failure), why, isPage ? {hint: isRootOfApi(asked.api), fault: 'page'} : {})
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
