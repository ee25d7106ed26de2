import {ActionError} from '../../src/base/errors.ts'
import type {AnyJob, FoundJob, Snapshot} from '../../src/gitlab/api/types.ts'
import {defaultPolicy, type Policy} from '../../src/waiting/policy.ts'
import type {WaitLog} from '../../src/waiting/report.ts'
import {waitForJobs, type WaitOptions} from '../../src/waiting/until.ts'
import type {WaitResult} from '../../src/waiting/result.ts'
import {createClock, type ManualClock} from './clock.ts'

/** A found job of pipeline 10, stage `test`; `changes` go into the job itself. */
export function found(
  changes: Partial<AnyJob> & {readonly downstream_pipeline?: AnyJob['pipeline'] | null} = {},
  label?: string,
): FoundJob {
  const {pipeline} = changes
  const name = changes.name ?? 'build'
  return {
    job: {
      id: 100,
      name,
      stage: 'test',
      status: 'running',
      ref: 'main',
      tag: false,
      allow_failure: false,
      created_at: '2026-01-01T11:50:00Z',
      started_at: null,
      finished_at: null,
      duration: null,
      web_url: `https://gitlab.example/jobs/${changes.id ?? 100}`,
      ...changes,
      pipeline: pipeline ?? pipelineRef(10),
    },
    projectId: 7,
    attempts: 1,
    label: label ?? name,
  }
}

export function pipelineRef(id: number, status = 'running'): AnyJob['pipeline'] {
  return {id, project_id: 7, ref: 'main', sha: sha(id), status}
}

/** The commit of a pipeline. */
export function sha(pipelineId: number): string {
  return pipelineId.toString(16).padStart(40, 'a')
}

export function snapshot(jobs: readonly FoundJob[], more: Partial<Snapshot> = {}): Snapshot {
  const pipelines = new Map(jobs.map(({job}) => [job.pipeline.id, job.pipeline]))
  return {
    jobs,
    pipelines: [...pipelines.values()],
    pendingBridges: [],
    missing: [],
    names: jobs.map(({job}) => job.name),
    ...more,
  }
}

export function policy(changes: Partial<Policy> = {}): Policy {
  return {...defaultPolicy, ...changes}
}

export function outage(message = 'GET /projects/7/jobs → 503.', status = 503): ActionError {
  return new ActionError('unreachable', message, {status})
}

export interface MemoryLog extends WaitLog {
  readonly lines: readonly string[]
  readonly warnings: readonly string[]
  readonly foreignLines: readonly string[]
  readonly rows: readonly (readonly string[])[]
  readonly shown: readonly string[]
}

export function memoryLog(): MemoryLog {
  const lines: string[] = []
  const warnings: string[] = []
  const foreignLines: string[] = []
  const rows: (readonly string[])[] = []
  const shown: string[] = []
  return {
    lines,
    warnings,
    foreignLines,
    rows,
    shown,
    info: (text) => void lines.push(text),
    warn: (text) => void (lines.push(text), warnings.push(text)),
    foreign: (more) => void foreignLines.push(...more),
    section: (_title, body) => body(),
    live: (more) => void shown.splice(0, shown.length, ...more),
    table: (_title, header, more) => void rows.push(header, ...more),
  }
}

/** What the server shows from `atMs` on: jobs, a whole snapshot, or a failure. */
export type Scene = readonly [atMs: number, shown: readonly FoundJob[] | Snapshot | Error]

export interface Played {
  readonly result: WaitResult
  readonly log: MemoryLog
  readonly clock: ManualClock
  readonly looksAtMs: readonly number[]
}

/** Runs a wait against scenes, on a clock that moves by itself. */
export async function watch(
  scenes: readonly Scene[],
  changes: Partial<Policy> = {},
  {
    observed,
    ...more
  }: Partial<WaitOptions> & {
    /** Filled with the number of pipelines that each look was told of. */
    readonly observed?: number[]
  } = {},
): Promise<Played> {
  const log = memoryLog()
  const clock = (more.clock as ManualClock | undefined) ?? createClock({auto: true})
  const looksAtMs: number[] = []
  const observe: WaitOptions['observe'] = async ({pipelines}) => {
    observed?.push(pipelines.length)
    looksAtMs.push(clock.now())
    const shown = scenes.findLast(([atMs]) => clock.now() >= atMs)?.[1] ?? []
    if (shown instanceof Error) throw shown
    return 'pendingBridges' in shown ? shown : snapshot(shown)
  }
  const signal = new AbortController().signal
  const options: WaitOptions = {observe, policy: policy(changes), own: {}, log, signal, clock, ...more}
  return {result: await waitForJobs(options), log, clock, looksAtMs}
}
