import {ActionError} from '../../base/errors.ts'
import {Setback} from './attempts.ts'
import type {Reply} from './exchange.ts'
import {usableEtag} from './remembered.ts'
import type {OpenFile} from '../api/types.ts'

type FileRequest = Parameters<OpenFile>[0]

/** What a file is asked for with. It must arrive as it is stored: a cut gzip stream cannot be told from a whole one, nor its size checked. */
export function fileHeaders({range, ifRange}: Pick<FileRequest, 'range' | 'ifRange'>): Record<string, string> {
  return {accept: '*/*', 'accept-encoding': 'identity', ...rangeHeaders(range, ifRange)}
}

/** Throws, so that it is asked again, if somebody on the way has compressed the file all the same. */
export function refuseCoding(reply: Reply, about: string): void {
  const coding = reply.headers['content-encoding']
  if (coding === undefined || /^(?:identity)?$/i.test(coding)) return
  reply.discard()
  const error = new ActionError(
    'untrusted',
    `${about} → ${reply.status}, but compressed on the way, which was not asked for.`,
  )
  throw new Setback({kind: 'content'}, error)
}

function rangeHeaders(range: FileRequest['range'], ifRange: string | undefined): Record<string, string> {
  const tag = usableEtag(ifRange)
  // A tag that cannot be sent must not turn into a part of some other file.
  if (range === undefined || (ifRange !== undefined && tag === undefined)) return {}
  return {range: `bytes=${range.start}-${range.end ?? ''}`, ...(tag === undefined ? {} : {'if-range': tag})}
}
