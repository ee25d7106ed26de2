import {isAvailable} from '../world/entities.ts'
import type {Bridge, Job} from '../world/model.ts'
import {isExecuting, jobStatuses, wayTo} from '../world/status.ts'
import type {World} from '../world/world.ts'
import {fileTree} from './artifacts.ts'
import {element, type Content, type Element} from './element.ts'
import {logElement} from './log.ts'
import {
  badge,
  button,
  empty,
  facts,
  jobPath,
  link,
  moment,
  pipelinePath,
  pipelineTrail,
  runTime,
  section,
  span,
  type View,
} from './parts.ts'
import {downstreamName} from './pipeline.ts'
import {requestTable} from './requests.ts'

export async function jobView(world: World, job: Job | Bridge): Promise<View> {
  return {
    title: `${job.name} · ${job.project.path}`,
    trail: [...pipelineTrail(job.pipeline), link(jobPath(job), job.name)],
    body: [
      element('h1', {'data-job': String(job.id)}, `${job.name} `, badge(job.status)),
      factsOf(world, job),
      moves(job),
      ...(job.kind === 'job' ? await partsOf(world, job) : [downstreamOf(job)]),
    ],
  }
}

function factsOf(world: World, job: Job | Bridge): Element {
  const {queuedAt, startedAt, user, pipeline} = job
  const attempts = [...pipeline.jobs, ...pipeline.bridges].filter(({name, id}) => name === job.name && id !== job.id)
  return facts({
    [job.kind === 'job' ? 'Job' : 'Trigger job']: `#${job.id}`,
    Stage: job.stage,
    Ref: pipeline.ref,
    User: user ? link(`/${encodeURIComponent(user.username)}`, user.username) : 'nobody',
    Queued: queuedAt === null ? undefined : span((startedAt ?? job.finishedAt ?? world.clock.now()) - queuedAt),
    Ran: runTime(world, job),
    Started: startedAt === null ? undefined : moment(startedAt),
    'Failure reason': job.status === 'failed' ? (job.failureReason ?? 'unknown_failure') : undefined,
    'May fail': job.allowFailure ? 'yes' : undefined,
    When: job.when === 'on_success' ? undefined : job.when,
    'Other attempts': attempts.length === 0 ? undefined : listed(attempts.map((other) => attempt(other))),
    ...(job.kind === 'job' && {
      Tags: job.tags.join(', '),
      Environment: job.environment?.name,
      'Its token': isExecuting(job.status) ? 'counts' : 'does not count: the job does not run',
    }),
  })
}

function attempt(other: Job | Bridge): Element {
  return link(jobPath(other), `#${other.id} (${other.status})`)
}

function listed(contents: readonly Content[]): Element {
  return element(
    'span',
    {},
    contents.flatMap((content, index) => (index === 0 ? [content] : [', ', content])),
  )
}

/** Buttons for every status that the state machine lets the job take. */
function moves(job: Job | Bridge): Element {
  const next = jobStatuses.filter((status) => status !== job.status && wayTo(job.status, status) !== undefined)
  const send = `PATCH /-/sandbox/jobs/${job.id}`
  return element(
    'p',
    {class: 'actions', role: 'group', 'aria-label': 'Move the job'},
    next.length === 0
      ? element('span', {class: 'quiet'}, 'The job has ended and stays as it is.')
      : [
          element('span', {class: 'quiet'}, 'Move it to'),
          ...next.map((status) => button(send, {status}, status.replaceAll('_', ' '))),
        ],
  )
}

async function partsOf(world: World, job: Job): Promise<readonly Element[]> {
  const {log, id} = job
  const own = ({caller}: {readonly caller?: {readonly job?: number} | undefined}): boolean => caller?.job === id
  return [
    section(
      'Log',
      log === null ? empty('No log yet.') : logElement(log),
      log !== null && element('p', {}, link(`${jobPath(job)}/raw`, 'Raw log')),
      element(
        'form',
        {class: 'actions', 'data-send': `PATCH /-/sandbox/jobs/${id}`, 'data-as': 'line'},
        element('label', {for: 'line'}, 'Add a line'),
        element('input', {id: 'line', name: 'log', autocomplete: 'off', required: ''}),
        element('button', {type: 'submit'}, 'Add to the log'),
      ),
    ),
    section('Artifacts', ...(await artifactsOf(world, job))),
    section('Requests with this job’s token', requestTable(world.requests, 20, own)),
  ]
}

async function artifactsOf(world: World, job: Job): Promise<readonly Element[]> {
  const {artifacts} = job
  if (!artifacts) return [empty('None.')]
  const {archive, expireAt, access, reports} = artifacts
  const isExpired = expireAt !== null && expireAt <= world.clock.now()
  return [
    facts({
      Access: access === 'all' ? undefined : access,
      Expire: expireAt === null ? undefined : moment(expireAt),
      Expired: isExpired ? (isAvailable(world, job) ? 'yes, and kept as the newest of its ref' : 'yes') : undefined,
      Reports: reports.join(', '),
    }),
    archive === null ? empty('Reports only: there is no archive.') : await fileTree(job, archive, ''),
  ]
}

function downstreamOf(bridge: Bridge): Element {
  const {downstream} = bridge
  return section(
    'Downstream',
    downstream === null
      ? empty('No pipeline yet.')
      : element('p', {}, '→ ', link(pipelinePath(downstream), downstreamName(bridge, downstream))),
  )
}
