import type {Answer} from '../http/answers.ts'
import type {Archive} from '../world/archive.ts'
import {artifactTree} from '../world/artifact-tree.ts'
import type {Job} from '../world/model.ts'
import {element, type Element} from './element.ts'
import {empty, jobPath, link, pipelineTrail, size, table, type View} from './parts.ts'

const mostFiles = 500
const mostText = 256 * 1024

/** The files of a folder of an archive, folders first, each to browse or to download. */
export async function fileTree(job: Job, archive: Archive, folder: string): Promise<Element> {
  await archive.ready()
  const tree = artifactTree(await archive.entries(), folder, false) ?? []
  const base = `${jobPath(job)}/artifacts`
  const up = folder.split('/').slice(0, -1).join('/')
  return element(
    'div',
    {},
    element(
      'p',
      {},
      link(`${base}/download`, `Download ${archive.filename}`),
      element('span', {class: 'quiet'}, ` ${size(archive.bytes().length)}`),
    ),
    folder !== '' && element('p', {}, link(up === '' ? `${base}/browse` : at(`${base}/browse`, up), '↑ Up')),
    tree.length === 0
      ? empty('The archive is empty, or no zip.')
      : table(
          ['Name', 'Mode', 'Size', ''],
          tree.slice(0, mostFiles).map(({name, path, type, mode, size: bytes}) => ({
            key: `file-${path}`,
            cells:
              type === 'directory'
                ? [link(at(`${base}/browse`, path.replace(/\/$/, '')), `${name}/`), modeText(mode), '', '']
                : [
                    link(at(`${base}/file`, path), name),
                    modeText(mode),
                    size(bytes ?? 0),
                    element('a', {href: at(`${base}/raw`, path), 'aria-label': `Download ${name}`}, 'download'),
                  ],
          })),
        ),
    tree.length > mostFiles && empty(`and ${tree.length - mostFiles} more`),
  )
}

function at(base: string, path: string): string {
  return `${base}/${path.split('/').map(encodeURIComponent).join('/')}`
}

function modeText(mode: string | null): Element {
  const kind = mode?.startsWith('12') ? 'link' : (mode?.slice(-4) ?? '')
  return element('code', {}, kind)
}

export async function browseView(job: Job, folder: string): Promise<View | undefined> {
  const archive = job.artifacts?.archive
  if (!archive) return undefined
  await archive.ready()
  if (!artifactTree(await archive.entries(), folder, false)) return undefined
  return {
    title: `Artifacts of ${job.name} · ${job.project.path}`,
    trail: [...pipelineTrail(job.pipeline), link(jobPath(job), job.name)],
    body: [
      element('h1', {}, folder === '' ? `Artifacts of ${job.name}` : `${folder}/`),
      await fileTree(job, archive, folder),
    ],
  }
}

/** A file's text, or that it has none. */
export async function fileView(job: Job, path: string): Promise<View | undefined> {
  const content = await contentOf(job, path)
  if (!content) return undefined
  const base = `${jobPath(job)}/artifacts`
  const folder = path.split('/').slice(0, -1).join('/')
  return {
    title: `${path} · ${job.name}`,
    trail: [...pipelineTrail(job.pipeline), link(jobPath(job), job.name)],
    body: [
      element('h1', {}, path),
      element(
        'p',
        {class: 'actions'},
        link(at(`${base}/raw`, path), 'Download'),
        link(folder === '' ? `${base}/browse` : at(`${base}/browse`, folder), 'Its folder'),
        element('span', {class: 'quiet'}, size(content.length)),
      ),
      content.includes(0)
        ? empty('Not text.')
        : element('pre', {class: 'log', tabindex: '0', 'aria-label': path}, content.subarray(0, mostText).toString()),
      ...(content.length > mostText && !content.includes(0) ? [empty('Only the beginning is shown.')] : []),
    ],
  }
}

async function contentOf(job: Job, path: string): Promise<Buffer | undefined> {
  const archive = job.artifacts?.archive
  if (!archive) return undefined
  await archive.ready()
  const entry = (await archive.entries()).find((candidate) => candidate.path === path && !path.endsWith('/'))
  return entry?.content().catch(() => undefined)
}

export async function download(job: Job): Promise<Answer | undefined> {
  const archive = job.artifacts?.archive
  if (!archive) return undefined
  await archive.ready()
  return attachment(archive.filename, archive.bytes())
}

export async function rawFile(job: Job, path: string): Promise<Answer | undefined> {
  const content = await contentOf(job, path)
  return content && attachment(path.split('/').at(-1) ?? 'file', content)
}

/** Always a download: what a job has made is never shown as a page of this address. */
function attachment(name: string, body: Buffer): Answer {
  const headers = {
    'content-type': 'application/octet-stream',
    'content-disposition': `attachment; filename*=UTF-8''${encodeURIComponent(name).replaceAll("'", '%27')}`,
  }
  return {status: 200, headers, body}
}
