import {createHash, createHmac, randomBytes, timingSafeEqual} from 'node:crypto'
import {xml, type Answer} from './answers.ts'
import type {Archive} from '../world/archive.ts'
import type {Job} from '../world/model.ts'
import {parseForm, type Params} from './params.ts'
import type {Tricks} from './route.ts'
import type {World} from '../world/world.ts'

/** A signature counts for so long. */
const validSeconds = 600

const secret = randomBytes(32)

export interface SignedRequest {
  /** The store checks the method too: a URL signed for GET does not answer HEAD. */
  readonly method: string
  readonly job: Job
  readonly archive: Archive
  /** Signed so long ago that the store refuses it. */
  readonly isExpired: boolean
}

/** The URL of an archive in the object store, good for ten minutes on the sandbox's clock. */
export function signedUrl(world: World, storageUrl: string, {method, job, archive, isExpired}: SignedRequest): string {
  const path = `/artifacts/${archive.sha256().slice(0, 16)}/${job.id}/${encodeURIComponent(archive.filename)}`
  world.objects.set(path, archive)
  const date = new Date(world.clock.now() - (isExpired ? 2 * validSeconds * 1000 : 0))
  const query = new URLSearchParams({
    'X-Amz-Algorithm': 'AWS4-HMAC-SHA256',
    'X-Amz-Credential': 'SANDBOX/20260101/sandbox/s3/aws4_request',
    'X-Amz-Date': date.toISOString(),
    'X-Amz-Expires': String(validSeconds),
    'X-Amz-SignedHeaders': 'host',
    'response-content-disposition': `attachment; filename="${archive.filename}"`,
  })
  return `${storageUrl}${path}?${query.toString()}&X-Amz-Signature=${signature(method, path, date.toISOString())}`
}

/** The same in front of a content delivery network, signed as Google's is: any method, by the second. */
export function cdnUrl(world: World, storageUrl: string, {job, archive, isExpired}: SignedRequest): string {
  const path = `/cdn/artifacts/${archive.sha256().slice(0, 16)}/${job.id}/${encodeURIComponent(archive.filename)}`
  world.objects.set(path, archive)
  const seconds = Math.floor(world.clock.now() / 1000) + (isExpired ? -validSeconds : validSeconds)
  return `${storageUrl}${path}?Expires=${seconds}&KeyName=sandbox&Signature=${signature('', path, String(seconds))}`
}

/** A network knows no other way in, so it passes over an Authorization header. Undefined: the signature is good. */
function cdnRefusal(world: World, path: string, params: Params, tricks: Tricks): Answer | undefined {
  const {Expires: expires, Signature: given} = params
  const isSigned = typeof expires === 'string' && typeof given === 'string'
  const isGood = isSigned && isSame(given, signature('', path, expires))
  if (isGood && Number(expires) * 1000 >= world.clock.now() && !tricks.isExpired) return undefined
  return {
    status: 403,
    headers: {'content-type': 'text/html; charset=UTF-8'},
    body: Buffer.from('<html><title>403 Forbidden</title></html>'),
  }
}

/** What the object store answers: XML when it refuses, ranges and strong ETags when it does not. */
export async function storageAnswer(
  world: World,
  {
    method,
    url,
    headers,
  }: {readonly method: string; readonly url: string; readonly headers: Readonly<Record<string, unknown>>},
  tricks: Tricks,
): Promise<Answer> {
  const [path = '', query = ''] = url.split('?')
  const params = parseForm(query)
  if (path.startsWith('/cdn/')) {
    return cdnRefusal(world, path, params, tricks) ?? storedObject(world, path, params, tricks)
  }
  if (headers['authorization'] !== undefined) {
    return xml(
      400,
      'InvalidArgument',
      'Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, Signature query string parameter or the Authorization header should be specified',
    )
  }
  if (method !== 'GET' && method !== 'HEAD')
    return xml(405, 'MethodNotAllowed', 'The specified method is not allowed against this resource.')
  const given = params['X-Amz-Signature']
  const date = params['X-Amz-Date']
  if (typeof given !== 'string' || typeof date !== 'string') return xml(403, 'AccessDenied', 'Access Denied')
  if (!isSame(given, signature(method, path, date))) {
    return xml(
      403,
      'SignatureDoesNotMatch',
      'The request signature we calculated does not match the signature you provided. Check your key and signing method.',
    )
  }
  const age = world.clock.now() - Date.parse(date)
  if (tricks.isExpired || age > validSeconds * 1000) return xml(403, 'AccessDenied', 'Request has expired')
  return storedObject(world, path, params, tricks)
}

async function storedObject(world: World, path: string, params: Params, tricks: Tricks): Promise<Answer> {
  const object = world.objects.get(path)
  if (!object) return xml(404, 'NoSuchKey', 'The specified key does not exist.')
  const archive = tricks.isReplaced ? object.replaced() : object
  await archive.ready()
  const body = archive.bytes()
  return {
    status: 200,
    headers: {
      'content-type': 'application/zip',
      etag: `"${createHash('md5').update(body).digest('hex')}"`,
      'last-modified': new Date(Date.UTC(2026, 0, 1)).toUTCString(),
      ...(typeof params['response-content-disposition'] === 'string' && {
        'content-disposition': params['response-content-disposition'],
      }),
    },
    body,
    ranges: true,
  }
}

function signature(method: string, path: string, date: string): string {
  return createHmac('sha256', secret).update(`${method}\n${path}\n${date}`).digest('hex')
}

function isSame(given: string, expected: string): boolean {
  return given.length === expected.length && timingSafeEqual(Buffer.from(given), Buffer.from(expected))
}
