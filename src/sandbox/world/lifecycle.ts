import {duration} from './duration.ts'
import type {AnyJob, Bridge, Job, Pipeline, Upload} from './model.ts'
import {processStages} from './processing.ts'
import {hasStarted, isComplete, wayTo} from './status.ts'
import {logHead, logLines, logTail} from './runner-log.ts'
import type {TimelineStep} from './world-types.ts'
import {statusOf, type World} from './world.ts'

/** GitLab removes expired artifacts by a scheduled task that runs about so often. */
const cleanerMs = 7 * 60_000

/**
 * Moves a job to a status by way of those that lie between. False, and nothing happens, when GitLab knows no such way.
 */
export function move(world: World, job: Job | Bridge, status: string, failureReason?: string): boolean {
  const steps = wayTo(job.status, status)
  if (!steps) return false
  for (const next of steps) enter(world, job, next, failureReason)
  if (isComplete(job.status)) processPipeline(world, job.pipeline)
  return true
}

/** Lets begin what may: the first stage that is not done, and whatever that sets free. */
export function processPipeline(world: World, pipeline: Pipeline): void {
  world.revision++
  processStages(pipeline, (job, next) => {
    enter(world, job, next, undefined)
    if (job.isInTurn && next !== 'skipped') startTimeline(world, job)
  })
}

function enter(world: World, job: Job | Bridge, status: string, failureReason: string | undefined): void {
  const now = world.clock.now()
  const hadStarted = hasStarted(job.status)
  job.status = status
  if (status === 'pending') job.queuedAt = now
  if (status === 'running') job.startedAt = now
  if (isComplete(status) && status !== 'skipped') job.finishedAt = now
  if (status === 'failed') job.failureReason = failureReason ?? 'script_failure'
  world.touch(job.pipeline)
  const isEnd = hadStarted && isComplete(status)
  if (job.kind === 'job' && (status === 'running' || isEnd)) writeLog(world, job, !isEnd)
  if (job.kind === 'job' && hadStarted && isUploadedBy(job.upload, status)) uploadNow(world, job)
}

function isUploadedBy(upload: Upload | null, status: string): boolean {
  if (upload === null) return false
  if (status === 'success') return upload.when !== 'on_failure'
  return status === 'failed' && upload.when !== 'on_success'
}

/** The runner hands in what the job declares. */
export function uploadNow(world: World, job: Job, upload = job.upload): void {
  if (!upload) return
  const now = world.clock.now()
  const expireAt = upload.expireAt ?? (upload.expireInMs === null ? null : now + upload.expireInMs)
  const {archive, reports, access, hasMetadata, testCases} = upload
  job.artifacts = {archive, reports, access, hasMetadata, testCases, expireAt}
  if (expireAt !== null) planCleaning(world, job, expireAt)
}

/** After the expiry the archive lies about until the cleaner comes by. */
export function planCleaning(world: World, job: Job, expireAt: number): void {
  world.clock.at(Math.max(expireAt, world.clock.now()) + cleanerMs, () => {
    world.revision++
    if (job.artifacts?.expireAt === expireAt && !isLocked(job)) job.artifacts = null
  })
}

/** GitLab keeps the artifacts of the newest successful pipeline of each ref, whatever their expiry. */
export function isLocked({pipeline, project}: AnyJob): boolean {
  if (project.file.keep_latest_artifact === false) return false
  const newest = project.pipelines.findLast((other) => {
    return other.parent === null && other.ref === pipeline.ref && statusOf(other) === 'success'
  })
  return newest === pipeline || newest === pipeline.parent
}

/**
 * Lets the job's timeline run from now on. That of a manual job waits until it is played, unless its first status
 * can follow `manual` directly: then the timeline says when somebody plays it.
 */
export function startTimeline(world: World, job: Job | Bridge): void {
  const first = job.timeline.find((step) => step.status !== undefined)?.status
  const isWaiting = job.status === 'manual' && (first === undefined || wayTo('manual', first)?.length !== 1)
  if (!isWaiting) planNext(world, job, job.plan)
}

function planNext(world: World, job: Job | Bridge, plan: number): void {
  const [step, ...rest] = job.timeline
  if (!step) return
  world.clock.at(world.clock.now() + duration(step.after), () => {
    if (job.plan !== plan) return
    world.revision++
    job.timeline = rest
    if (take(world, job, step)) planNext(world, job, plan)
  })
}

/** A step that no longer fits, because somebody moved the job meanwhile, ends the timeline. */
function take(world: World, job: Job | Bridge, step: TimelineStep): boolean {
  if (step.status !== undefined && !move(world, job, step.status, step.failure_reason)) return false
  if (step.log !== undefined && job.kind === 'job') appendLog(world, job, step.log)
  if (step.downstream !== undefined && job.kind === 'bridge') {
    job.downstream = world.pipeline(step.downstream) ?? job.downstream
  }
  return true
}

/** Adds what the script says, in the form that the job's log has. */
export function appendLog(world: World, job: Job, text: string): void {
  if (job.runnerText !== null && job.log === null) addToLog(job, logHead(world, job))
  addToLog(job, job.runnerText === null ? text : logLines(world, text))
}

function addToLog(job: Job, text: string): void {
  job.log = Buffer.concat([job.log ?? Buffer.alloc(0), Buffer.from(text)])
}

/** The runner's part of a log: its head and the script's first words when the job starts, its verdict when it ends. */
export function writeLog(world: World, job: Job, isStart: boolean): void {
  if (job.runnerText === null) return
  if (isStart) {
    addToLog(job, logHead(world, job))
    if (job.runnerText !== '') addToLog(job, logLines(world, job.runnerText))
  } else addToLog(job, logTail(world, job))
}
