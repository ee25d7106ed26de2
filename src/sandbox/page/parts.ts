import type {AnyJob, Bridge, Job, Pipeline, Project} from '../world/model.ts'
import {statusOf, type World} from '../world/world.ts'
import {element, type Content, type Element} from './element.ts'

/** What one address of the page shows, below the header that all have. */
export interface View {
  readonly title: string
  /** The way to it, from the projects down. */
  readonly trail: readonly Content[]
  readonly body: readonly Element[]
}

const signs: Readonly<Record<string, string>> = {
  success: '✓',
  failed: '✕',
  running: '◐',
  pending: '‖',
  canceled: '⊘',
  canceling: '⊘',
  skipped: '»',
  manual: '▶',
  scheduled: '◷',
}

/** A status as a sign, a colour and a word: nobody has to see colours. */
export function badge(status: string, note = ''): Element {
  return element(
    'span',
    {class: `badge ${tone(status)}`},
    element('span', {class: 'sign', 'aria-hidden': 'true'}, signs[status] ?? '○'),
    element('span', {}, `${status.replaceAll('_', ' ')}${note}`),
  )
}

/** The same where there is room for the sign only; the word is its title, and read aloud. */
function dot(status: string, label: string): Element {
  return element(
    'span',
    {class: `dot ${tone(status)}`, title: label, role: 'img', 'aria-label': label},
    signs[status] ?? '○',
  )
}

function tone(status: string): string {
  return /^[a-z_]+$/.test(status) ? `is-${status.replaceAll('_', '-')}` : ''
}

export function link(href: string, text: string): Element {
  return element('a', {href}, text)
}

/** A button of an admin route: the script sends the body to it. */
export function button(send: string, body: unknown, text: string, label?: string): Element {
  const data = body === undefined ? undefined : JSON.stringify(body)
  return element(
    'button',
    {type: 'button', 'data-send': send, 'data-body': data, 'aria-label': label, title: label},
    text,
  )
}

export function section(title: string, ...content: readonly (Content | false | undefined)[]): Element {
  return element('section', {}, element('h2', {}, title), ...content)
}

/** Names and values in two columns; those without a value are left out. */
export function facts(rows: Readonly<Record<string, Content | undefined>>): Element {
  const present = Object.entries(rows).filter(([, value]) => value !== undefined && value !== '')
  return element(
    'dl',
    {class: 'facts'},
    present.map(([name, value]) => element('div', {}, element('dt', {}, name), element('dd', {}, value))),
  )
}

/** Columns with names, one row a list of cells; the name stands beside each cell where the screen is narrow. */
export function table(
  names: readonly string[],
  rows: readonly {readonly key: string; readonly kind?: string; readonly cells: readonly (Content | undefined)[]}[],
  kind?: string,
): Element {
  return element(
    'table',
    {class: kind},
    element(
      'thead',
      {},
      element(
        'tr',
        {},
        names.map((name) => element('th', {scope: 'col'}, name)),
      ),
    ),
    element(
      'tbody',
      {},
      rows.map(({key, kind, cells}) =>
        element(
          'tr',
          {'data-key': key, class: kind},
          cells.map((cell, index) => element('td', {'data-name': names[index]}, cell)),
        ),
      ),
    ),
  )
}

export const empty = (text: string): Element => element('p', {class: 'empty'}, text)

export function projectPath({path}: Project): string {
  return `/${path.split('/').map(encodeURIComponent).join('/')}`
}

export function pipelinePath({project, id}: Pipeline): string {
  return `${projectPath(project)}/-/pipelines/${id}`
}

export function jobPath({project, id}: AnyJob): string {
  return `${projectPath(project)}/-/jobs/${id}`
}

export function projectTrail(project: Project): readonly Content[] {
  return [link('/', 'Projects'), link(projectPath(project), project.path)]
}

export function pipelineTrail(pipeline: Pipeline): readonly Content[] {
  return [...projectTrail(pipeline.project), link(pipelinePath(pipeline), `Pipeline #${pipeline.id}`)]
}

/** Jobs and bridges of a pipeline by stage, in the order in which the stages are written; newest attempts first of all. */
export function stagesOf(pipeline: Pipeline): ReadonlyMap<string, readonly (Job | Bridge)[]> {
  const stages = new Map<string, (Job | Bridge)[]>()
  for (const job of [...pipeline.jobs, ...pipeline.bridges]) {
    const known = stages.get(job.stage)
    if (known) known.push(job)
    else stages.set(job.stage, [job])
  }
  return stages
}

/** A pipeline's jobs as dots, stage after stage. */
export function dots(pipeline: Pipeline, most = 24): Element {
  const jobs = [...stagesOf(pipeline).values()].flat().filter(({retriedBy}) => retriedBy === null)
  return element(
    'span',
    {class: 'dots'},
    jobs.slice(0, most).map((job) => dot(job.status, `${job.name}: ${job.status}`)),
    jobs.length > most && element('span', {class: 'more'}, `+${jobs.length - most}`),
  )
}

/** A line about a pipeline, in lists. */
export function pipelineLine(pipeline: Pipeline): Element {
  return element(
    'li',
    {'data-key': `pipeline-${pipeline.id}`},
    badge(statusOf(pipeline)),
    link(pipelinePath(pipeline), `#${pipeline.id}`),
    element('span', {class: 'ref'}, pipeline.ref),
    dots(pipeline),
  )
}

/** How long a job has run, or did; undefined before it has begun. */
export function runTime(world: World, {startedAt, finishedAt}: AnyJob): string | undefined {
  return startedAt === null ? undefined : span((finishedAt ?? world.clock.now()) - startedAt)
}

/** "1 min 5 s" of milliseconds. */
export function span(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000))
  const parts = [
    [Math.floor(seconds / 86_400), 'd'],
    [Math.floor(seconds / 3600) % 24, 'h'],
    [Math.floor(seconds / 60) % 60, 'min'],
    [seconds % 60, 's'],
  ] as const
  const first = parts.findIndex(([count]) => count > 0)
  const shown = first < 0 ? [parts[3]] : parts.slice(first, first + 2).filter(([count]) => count > 0)
  return shown.map(([count, unit]) => `${count} ${unit}`).join(' ')
}

export function size(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`
  return bytes < 1024 ** 2 ? `${(bytes / 1024).toFixed(1)} KiB` : `${(bytes / 1024 ** 2).toFixed(1)} MiB`
}

/** Date and time of milliseconds since 1970, to the second. */
export function moment(ms: number): Element {
  const iso = new Date(ms).toISOString()
  return element('time', {datetime: iso}, `${iso.slice(0, 10)} ${iso.slice(11, 19)}`)
}
