import {empty, type Answer} from './answers.ts'

type Headers = Readonly<Record<string, string | readonly string[] | undefined>>

/** What a client's conditions make of a whole answer: 304, a part of it, 416, or the answer itself. */
export function conditional(answer: Answer, headers: Headers): Answer {
  const {etag} = answer.headers
  if (answer.status !== 200) return answer
  if (isUnchanged(answer, headers)) {
    const {'content-type': _type, 'content-length': _length, ...rest} = answer.headers
    return empty(304, rest)
  }
  if (!answer.ranges) return answer
  const open = {...answer, headers: {...answer.headers, 'accept-ranges': 'bytes'}}
  const range = text(headers['range'])
  const isMeant = isSameFile(text(headers['if-range']), etag, answer.headers['last-modified'])
  return range === undefined || !isMeant ? open : part(open, range)
}

function isUnchanged(answer: Answer, headers: Headers): boolean {
  const tags = text(headers['if-none-match'])
  const {etag} = answer.headers
  if (tags !== undefined) {
    return etag !== undefined && (tags === '*' || tags.split(/\s*,\s*/).some((tag) => bare(tag) === bare(etag)))
  }
  const since = text(headers['if-modified-since'])
  const modified = answer.headers['last-modified']
  return since !== undefined && modified !== undefined && Date.parse(modified) <= Date.parse(since)
}

const bare = (tag: string) => tag.replace(/^W\//, '')

/** A weak tag never proves that the bytes are the same. */
function isSameFile(ifRange: string | undefined, etag: string | undefined, modified: string | undefined): boolean {
  if (ifRange === undefined) return true
  if (ifRange.startsWith('"')) return ifRange === etag
  return !ifRange.startsWith('W/') && ifRange === modified
}

/** One range; several, or a malformed one, count as none. */
function part(answer: Answer, range: string): Answer {
  const found = /^bytes=(\d*)-(\d*)$/.exec(range)
  if (!found || (found[1] === '' && found[2] === '')) return answer
  const size = answer.body.length
  const start = found[1] === '' ? Math.max(0, size - Number(found[2])) : Number(found[1])
  const end = found[1] === '' || found[2] === '' ? size - 1 : Math.min(Number(found[2]), size - 1)
  if (start >= size || end < start) {
    const body = Buffer.from('invalid range: failed to overlap\n')
    return {
      status: 416,
      headers: {'content-type': 'text/plain; charset=utf-8', 'content-range': `bytes */${size}`},
      body,
    }
  }
  const headers = {...answer.headers, 'content-range': `bytes ${start}-${end}/${size}`}
  return {status: 206, headers, body: answer.body.subarray(start, end + 1)}
}

function text(value: string | readonly string[] | undefined): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}
