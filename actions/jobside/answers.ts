import type {FoundJob} from '../../src/gitlab/api/types.ts'

type Outputs = Readonly<Record<string, unknown>>

/** A job of a command's outputs, in which GitLab's keys and ours stand side by side. */
type OutputJob = FoundJob['job'] & {
  readonly project_id?: FoundJob['projectId']
  readonly attempts?: number
  readonly label?: string
}

/** A job in the library's words. */
function jobOf(job: OutputJob) {
  return {
    id: job.id,
    name: job.name,
    label: job.label ?? job.name,
    stage: job.stage,
    status: job.status,
    ref: job.ref,
    sha: job.commit?.id ?? job.pipeline.sha,
    pipelineId: job.pipeline.id,
    projectId: job.project_id ?? job.pipeline.project_id,
    allowsFailure: job.allow_failure,
    failureReason: job.failure_reason,
    attempts: job.attempts ?? 1,
    createdAt: job.created_at,
    startedAt: job.started_at ?? undefined,
    finishedAt: job.finished_at ?? undefined,
    duration: milliseconds(job.duration),
    queued: milliseconds(job.queued_duration),
    webUrl: job.web_url,
    isTriggerJob: 'downstream_pipeline' in job,
  }
}

/** A job that a step has found, as the library shows jobs. */
export function foundJob({job, projectId, attempts, label}: FoundJob) {
  return jobOf({...job, project_id: projectId, attempts, label})
}

/** The jobs among the outputs of a command. */
export function jobsOf(outputs: Outputs) {
  return (listOf(outputs['jobs']) as readonly OutputJob[]).map(jobOf)
}

/** What a wait has put out. */
export function waitResultOf(outputs: Outputs) {
  const jobs = jobsOf(outputs)
  return {
    job: jobs.find(({id}) => id === outputs['jobId']),
    jobs,
    waited: milliseconds(outputs['waited'] as number | undefined) ?? 0,
    looks: (outputs['polls'] as number | undefined) ?? 0,
  }
}

interface OutputFailure {
  readonly id: number
  readonly log: readonly string[]
}

/** Of a failed wait: each job that failed, with the end of its log. */
export function failuresOf(outputs: Outputs) {
  const jobs = jobsOf(outputs)
  return (listOf(outputs['failures']) as readonly OutputFailure[]).flatMap(({id, log}) => {
    const job = jobs.find((known) => known.id === id)
    return job ? [{job, log}] : []
  })
}

interface OutputArchive {
  readonly id: number
  readonly name: string
  readonly folder: string
  readonly files: number
  readonly bytes: number
  readonly sha256: string | null | undefined
  readonly project: number | string | null
  readonly pipeline: number | null
  readonly ref: string | null
  readonly sha: string | null
}

/** What a download has put out. */
export function fetchResultOf(outputs: Outputs) {
  return {
    isFound: outputs['found'] === true,
    path: outputs['path'] as string | undefined,
    archive: outputs['archive'] as string | undefined,
    files: Number(outputs['files'] ?? 0),
    bytes: Number(outputs['bytes'] ?? 0),
    archives: (listOf(outputs['jobs']) as readonly OutputArchive[]).map((archive) => ({
      jobId: archive.id,
      jobName: archive.name,
      folder: archive.folder,
      files: archive.files,
      bytes: archive.bytes,
      sha256: archive.sha256 ?? undefined,
      pipelineId: archive.pipeline ?? undefined,
      ref: archive.ref ?? undefined,
      sha: archive.sha ?? undefined,
    })),
  }
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}

function milliseconds(seconds: number | null | undefined): number | undefined {
  return seconds === null || seconds === undefined ? undefined : Math.round(seconds * 1000)
}
