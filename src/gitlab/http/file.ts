import {clean} from '../../base/clean.ts'
import type {Endpoint} from '../api/endpoints.ts'
import type {OpenFile} from '../api/types.ts'
import {answerError} from './answer.ts'
import {inTime} from './in-time.ts'
import {usableEtag} from './remembered.ts'
import {persist, Setback, type Trying} from './retry.ts'
import type {Session} from './session.ts'
import type {Reply} from './transport.ts'

type FileRequest = Parameters<OpenFile>[0]

/** Opens files by the retry policy; what breaks while a body is read is the reader's to resume. */
export function fileOpener(
  session: Session,
  trying: (endpoint: Endpoint<unknown>, options: {readonly attempts: number; readonly signal: AbortSignal}) => Trying,
): (endpoint: Endpoint<unknown>, attempts: number) => OpenFile {
  return (endpoint, attempts) => {
    return ({range, ifRange, signal: own, budget}) => {
      const how = trying(endpoint, {attempts: budget?.left() ?? attempts, signal: own})
      return persist(how, async (attempt) => {
        if (attempt > 1) budget?.spend()
        const headers = fileHeaders({range, ifRange})
        const accepts = (status: number) => status === 200 || (status === 206 && range !== undefined)
        const ask = (signal: AbortSignal) =>
          session.ask(endpoint, {headers, redirects: 'store', accepts, attempt, signal})
        const reply = await inTime(session.requestTimeoutMs, how.signal, ask)
        refuseCoding(reply, how.about)
        return {
          status: reply.status,
          headers: reply.headers,
          body: reply.body,
          discard: () => reply.discard(),
          origin: reply.url.origin,
        }
      })
    }
  }
}

/** What a file is asked for with. It must arrive as it is stored: a cut gzip stream cannot be told from a whole one, nor its size checked. */
function fileHeaders({range, ifRange}: Pick<FileRequest, 'range' | 'ifRange'>): Record<string, string> {
  return {accept: '*/*', 'accept-encoding': 'identity', ...rangeHeaders(range, ifRange)}
}

function rangeHeaders(range: FileRequest['range'], ifRange: string | undefined): Record<string, string> {
  const tag = usableEtag(ifRange)
  // A tag that cannot be sent must not turn into a part of some other file.
  if (range === undefined || (ifRange !== undefined && tag === undefined)) return {}
  return {range: `bytes=${range.start}-${range.end ?? ''}`, ...(tag === undefined ? {} : {'if-range': tag})}
}

/** Throws, so that it is asked again, if somebody on the way has compressed the file all the same. */
function refuseCoding(reply: Reply, about: string): void {
  const coding = reply.headers['content-encoding']?.trim() ?? ''
  if (/^(?:identity)?$/i.test(coding)) return
  reply.discard()
  const but = `but compressed on the way (Content-Encoding ${clean(coding, 40)}), which was not asked for`
  const hint = `Something between here and ${reply.url.host} compresses answers. Have it leave files alone.`
  throw new Setback({kind: 'content'}, answerError('untrusted', about, reply, but, {hint}))
}
