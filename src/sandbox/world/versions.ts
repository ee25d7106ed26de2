/**
 * Since which GitLab version something is so. A row is one difference that a client can see; where the exact
 * minor is not known, the first version that is known to have it stands here.
 */
const firstVersion = {
  /** Fine-grained permissions of the job token allowlist. */
  tokenPolicies: '17.10',
  /** POST cancel understands `force`. */
  forceCancel: '17.10',
  /** The outbound limit of job tokens is gone, and the job token may list jobs. */
  noOutboundLimit: '18.0',
  jobTokenLists: '18.0',
  /** Inputs of a pipeline, in POST /pipeline and the trigger API. */
  pipelineInputs: '17.11',
  jobSource: '18.0',
  noSkype: '18.0',
  searchRecentPipelines: '18.7',
  /** The runner that comes with it stamps each line of a log. */
  stampedLogs: '18.7',
  artifactsTree: '18.8',
  jobInputs: '18.10',
  /** By-ref look-up of a job without an archive is a 404; before 18.0 it was a crash. */
  calmWithoutArchive: '18.0',
  playReturnsNewJob: '19.0',
  refusalByProjectId: '19.0',
  traceByteRange: '19.0',
  jobsByRef: '19.0',
  negativePageRefused: '19.0',
  cursorHeaders: '19.0',
  retryAfterHeader: '19.0',
  jobExecutionStatus: '19.0',
  maintainerArtifacts: '19.0',
  jobTokenPipelines: '19.1',
  triggerJobs: '19.2',
  /** The job is found before the caller's role is looked at; 18.0 is known to, older ones are not. */
  jobBeforeRole: '18.0',
  /** An archived job may still be canceled and erased; 18.0 is known to allow it. */
  archivedJobsEnd: '18.0',
  /** A job token that a public project does not list reads the project's pipelines all the same. */
  publicPipelinesByToken: '19.0',
  /** Play, retry and erase are limited by rate: merge request 256678, September 2026. */
  changesLimited: '19.4',
  planner: '17.7',
  /** The first version known to have the role. */
  securityManager: '19.3',
  /** The fix of gitlab#371991, behind a flag at first: artifacts carry a strong ETag of their own. */
  strongArtifactTags: '19.3',
} as const

export type Feature = keyof typeof firstVersion

/** The versions the tests run; any other `major.minor` from 17.8 on works too. */
export const knownVersions = ['17.8', '18.0', '18.7', '18.8', '18.10', '19.2'] as const

export const defaultVersion = '19.2'
export const oldestVersion = '17.8'

export function has(version: string, feature: Feature): boolean {
  return compareVersions(version, firstVersion[feature]) >= 0
}

/** Negative, zero or positive, as a comparison of `major.minor` strings. */
export function compareVersions(a: string, b: string): number {
  const [aMajor = 0, aMinor = 0] = a.split('.').map(Number)
  const [bMajor = 0, bMinor = 0] = b.split('.').map(Number)
  return aMajor - bMajor || aMinor - bMinor
}

export function isVersion(text: string): boolean {
  return /^\d+\.\d+$/.test(text) && compareVersions(text, oldestVersion) >= 0
}
