import type {AnyJob, Artifacts, Bridge, Job, Pipeline, Project, User} from './model.ts'
import {isLocked} from './lifecycle.ts'
import {isComplete} from './status.ts'
import {has} from './versions.ts'
import {statusOf, type World} from './world.ts'

/** The JSON shapes of the API, key by key. What has to be built first (archives) is built by the caller. */

export function jobEntity(world: World, job: Job): object {
  const {version} = world.settings
  const hasManager = has(version, 'runnerManager')
  return {
    ...basics(world, job),
    ...(isArchiveShown(world, job) && {artifacts_file: archiveFile(job)}),
    artifacts: artifactEntries(job),
    runner: job.startedAt === null ? null : runner(version),
    ...(hasManager && {runner_manager: job.startedAt === null ? null : runnerManager}),
    artifacts_expire_at: iso(job.artifacts?.expireAt ?? null),
    ...own(world, job, [...job.tags].sort()),
  }
}

export function bridgeEntity(world: World, bridge: Bridge): object {
  const {downstream} = bridge
  return {
    ...basics(world, bridge),
    ...(has(world.settings.version, 'archivedKey') && {archived: bridge.project.archived}),
    downstream_pipeline: downstream && pipelineEntity(world, downstream),
  }
}

/** The answer to the retry of a bridge: GitLab presents it as a job that has no runner manager. */
export function bridgeAsJobEntity(world: World, bridge: Bridge): object {
  return {...basics(world, bridge), artifacts: [], runner: null, artifacts_expire_at: null, ...own(world, bridge, [])}
}

function own(world: World, job: Job | Bridge, tags: readonly string[]): object {
  const {version} = world.settings
  const archived = job.project.archived || (job.kind === 'job' && job.archived)
  return {
    ...(has(version, 'archivedKey') && {archived}),
    ...(has(version, 'jobSource') && {source: job.pipeline.source}),
    ...(has(version, 'tagList') && {tag_list: tags}),
  }
}

function basics(world: World, job: Job | Bridge): object {
  const {pipeline, project} = job
  const {version} = world.settings
  const now = world.clock.now()
  const reason = job.failureReason ?? 'unknown_failure'
  return {
    id: job.id,
    status: job.status,
    stage: job.stage,
    name: job.name,
    ref: pipeline.ref,
    tag: pipeline.tag,
    coverage: job.coverage,
    allow_failure: job.allowFailure,
    created_at: iso(job.createdAt),
    started_at: iso(job.startedAt),
    finished_at: iso(job.finishedAt),
    ...(has(version, 'erasedAt') && {erased_at: iso(job.kind === 'job' ? job.erasedAt : null)}),
    duration: seconds(job.startedAt, job.finishedAt ?? now),
    ...(has(version, 'queuedDuration') && {
      queued_duration: seconds(job.queuedAt, job.startedAt ?? job.finishedAt ?? now),
    }),
    user: job.user && publicUser(world, job.user),
    commit: commit(world, pipeline),
    pipeline: pipelineEntity(world, pipeline),
    ...(job.status === 'failed' && has(version, 'failureReason') && {failure_reason: reason}),
    web_url: `${projectUrl(world, project)}/-/jobs/${job.id}`,
    ...(has(version, 'jobProject') && {project: {ci_job_token_scope_enabled: isOutboundLimited(world, project)}}),
  }
}

export function pipelineEntity(world: World, pipeline: Pipeline): object {
  const {version} = world.settings
  return {
    id: pipeline.id,
    ...(has(version, 'pipelineIid') && {iid: pipeline.iid}),
    ...(has(version, 'pipelineProject') && {project_id: pipeline.project.id}),
    sha: pipeline.sha,
    ref: pipeline.ref,
    status: statusOf(pipeline),
    ...(has(version, 'pipelineSource') && {source: pipeline.source}),
    created_at: iso(pipeline.createdAt),
    updated_at: iso(pipeline.updatedAt),
    web_url: `${projectUrl(world, pipeline.project)}/-/pipelines/${pipeline.id}`,
  }
}

/** A user as GitLab presents one beside other things. */
export function basicUser(world: World, user: User) {
  const {id, username, name} = user
  const web_url = `${world.settings.externalUrl}/${username}`
  return {id, username, name, state: 'active', avatar_url: avatarOf(user), web_url}
}

/** Nothing is there: no test of a client should look. */
const avatarOf = ({username}: User) => `https://avatars.example.com/${username}?s=80&d=identicon`

/** A user as everybody may see one. */
export function publicUser(world: World, user: User): object {
  const {version, externalUrl} = world.settings
  const isNew = has(version, 'newUserKeys')
  return {
    id: user.id,
    username: user.username,
    name: user.name,
    state: 'active',
    ...(isNew && {locked: false}),
    avatar_url: avatarOf(user),
    web_url: `${externalUrl}/${user.username}`,
    created_at: '2024-01-01T00:00:00.000Z',
    bio: '',
    location: '',
    public_email: '',
    ...(!has(version, 'noSkype') && {skype: ''}),
    linkedin: '',
    twitter: '',
    ...(isNew && {discord: ''}),
    website_url: '',
    ...(has(version, 'githubKey') && {github: ''}),
    organization: '',
    ...(isNew && {
      job_title: '',
      pronouns: null,
      bot: false,
      work_information: null,
      followers: 0,
      following: 0,
      local_time: null,
    }),
  }
}

export function commit(
  world: World,
  {sha, project, createdAt, user}: Pick<Pipeline, 'sha' | 'project' | 'createdAt' | 'user'>,
): object {
  const {version} = world.settings
  const name = user?.name ?? 'nobody'
  const email = `${user?.username ?? 'nobody'}@example.com`
  const date = iso(createdAt)
  return {
    id: sha,
    short_id: sha.slice(0, 8),
    created_at: date,
    parent_ids: [],
    title: `Commit ${sha.slice(0, 8)}`,
    message: `Commit ${sha.slice(0, 8)}\n`,
    author_name: name,
    author_email: email,
    authored_date: date,
    committer_name: name,
    committer_email: email,
    committed_date: date,
    ...(has(version, 'commitTrailers') && {trailers: {}}),
    ...(has(version, 'newUserKeys') && {extended_trailers: {}}),
    ...(has(version, 'commitWebUrl') && {web_url: `${projectUrl(world, project)}/-/commit/${sha}`}),
  }
}

/** Shown until it expires, also where GitLab keeps it beyond that. */
export function isArchiveShown(world: World, {artifacts}: Job): boolean {
  return artifacts !== null && artifacts.archive !== null && !isExpired(world, artifacts)
}

function isExpired(world: World, {expireAt}: Artifacts): boolean {
  return expireAt !== null && expireAt <= world.clock.now()
}

/** Served until it expires, and beyond that while GitLab keeps it as the newest of its ref. */
export function isAvailable(world: World, job: Job): boolean {
  return job.artifacts !== null && (!isExpired(world, job.artifacts) || isLocked(job))
}

function archiveFile({artifacts}: Job): object | null {
  const archive = artifacts?.archive
  return archive ? {filename: archive.filename, size: archive.bytes().length} : null
}

/** Expired ones stay listed until the cleaner comes by. The log is one of them once it is archived, when the job has ended. */
function artifactEntries({artifacts, log, status}: Job): readonly object[] {
  const archive = artifacts?.archive
  return [
    ...(archive ? [entry('archive', archive.bytes().length, archive.filename, 'zip')] : []),
    ...(archive && artifacts.hasMetadata
      ? [entry('metadata', 64 + Math.ceil(archive.bytes().length / 100), 'metadata.gz', 'gzip')]
      : []),
    ...(artifacts?.reports ?? []).map((report) => entry(report, 256, `${report}.gz`, 'gzip')),
    ...(log === null || !isComplete(status) ? [] : [entry('trace', log.length, 'job.log', 'raw')]),
  ]
}

function entry(file_type: string, size: number, filename: string, file_format: string | null): object {
  return {file_type, size, filename, file_format}
}

function runner(version: string): object {
  return {
    id: 1,
    description: 'sandbox runner',
    ip_address: null,
    active: true,
    ...(has(version, 'runnerPaused') && {paused: false}),
    is_shared: true,
    ...(has(version, 'runnerType') && {runner_type: 'instance_type'}),
    name: 'gitlab-runner',
    online: true,
    ...(has(version, 'jobExecutionStatus') && {created_at: '2024-01-01T00:00:00.000Z'}),
    status: 'online',
    ...(has(version, 'jobExecutionStatus') && {job_execution_status: 'active'}),
  }
}

const runnerManager = {
  id: 1,
  system_id: 's_sandbox',
  version: '18.5.0',
  revision: '00000000',
  platform: 'linux',
  architecture: 'amd64',
  created_at: '2024-01-01T00:00:00.000Z',
  contacted_at: '2024-01-01T00:00:00.000Z',
  ip_address: '127.0.0.1',
  status: 'online',
}

export function projectUrl(world: World, project: Project): string {
  return `${world.settings.externalUrl}/${project.path}`
}

function isOutboundLimited(world: World, {file}: Project): boolean {
  const limit = file.job_token_outbound
  return limit !== undefined && limit.enabled !== false && !has(world.settings.version, 'noOutboundLimit')
}

export function iso(time: number): string
export function iso(time: number | null): string | null
export function iso(time: number | null): string | null {
  return time === null ? null : new Date(time).toISOString()
}

function seconds(from: AnyJob['startedAt'], to: number): number | null {
  return from === null ? null : (to - from) / 1000
}
