import {createHash} from 'node:crypto'
import {extname, posix} from 'node:path'
import {empty, plain, type Answer} from './answers.ts'
import type {Archive} from '../world/archive.ts'
import type {Job} from '../world/model.ts'
import type {Call} from './route.ts'
import {cdnUrl, signedUrl} from './storage.ts'
import {has} from '../world/versions.ts'
import type {ZipEntry} from '../world/zip-entries.ts'

/**
 * Until gitlab#371991 was fixed (merge request 238127) every artifact had one and the same weak ETag, that of the empty
 * answer that GitLab's Rails gives and its file server fills: the digest of `""`.
 */
const sharedTag = 'W/"12ae32cb1ec02d01eda3581b127c1fee"'

/** An archive, the way the configured storage hands it out. */
export async function archiveAnswer(call: Call, job: Job, uploaded: Archive, mayRedirect = true): Promise<Answer> {
  const archive = call.tricks.isReplaced ? uploaded.replaced() : uploaded
  await archive.ready()
  const {storage} = call.world.settings
  if ((storage === 'redirect' || storage === 'cdn') && mayRedirect) return redirect(call, job, uploaded)
  const headers = {
    'content-type': 'application/octet-stream',
    'content-disposition': attachment(archive.filename),
    'content-transfer-encoding': 'binary',
    'last-modified': new Date(job.finishedAt ?? job.createdAt).toUTCString(),
  }
  const own = storage === 'disk' ? tagOf(call, archive.sha256()) : {etag: `"${md5(archive.bytes())}"`}
  return {status: 200, headers: {...headers, ...own}, body: archive.bytes(), ranges: true}
}

function redirect(call: Call, job: Job, archive: Archive): Answer {
  const sign = call.world.settings.storage === 'cdn' ? cdnUrl : signedUrl
  const location = sign(call.world, call.storageUrl, {
    method: call.request.method,
    job,
    archive,
    isExpired: call.tricks.isExpired ?? false,
  })
  return {...plain(302, 'This resource has been moved temporarily'), headers: {'content-type': 'text/plain', location}}
}

/** One entry, read out of the zip by the file server: never a range, never a redirect. */
export async function entryAnswer(call: Call, archive: Archive, entry: ZipEntry, isSniffed: boolean): Promise<Answer> {
  const content = await entry.content()
  const sha = createHash('sha256').update(`${archive.sha256()}:${entry.path}`).digest('hex')
  const headers = {
    'content-type': isSniffed ? sniffed(content, entry.path) : typeByName(entry.path),
    'content-disposition': `attachment; filename="${posix.basename(entry.path)}"`,
    ...(isSniffed && {'gitlab-workhorse-detect-content-type': 'true'}),
  }
  return {...empty(200, {...headers, ...tagOf(call, sha)}), body: content}
}

function tagOf({world}: Call, sha256: string): {readonly etag: string} {
  return {etag: has(world.settings.version, 'strongArtifactTags') ? `"${sha256}"` : sharedTag}
}

function attachment(filename: string): string {
  const encoded = encodeURIComponent(filename)
  return `attachment; filename="${filename.replace(/[^\x20-\x7e]|["\\%]/g, '_')}"; filename*=UTF-8''${encoded}`
}

const types: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.gif': 'image/gif',
  '.htm': 'text/html; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.jpeg': 'image/jpeg',
  '.jpg': 'image/jpeg',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.mjs': 'text/javascript; charset=utf-8',
  '.pdf': 'application/pdf',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
  '.wasm': 'application/wasm',
  '.xml': 'text/xml; charset=utf-8',
}

function typeByName(path: string): string {
  return types[extname(path).toLowerCase()] ?? 'application/octet-stream'
}

/** Text goes out as plain text, so that no browser runs it. */
function sniffed(content: Buffer, path: string): string {
  return content.includes(0) ? typeByName(path) : 'text/plain; charset=utf-8'
}

function md5(bytes: Buffer): string {
  return createHash('md5').update(bytes).digest('hex')
}
