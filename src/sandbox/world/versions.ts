/**
 * Since which GitLab version something is so. A row is one difference that a client can see. Where the month is not known
 * the first version that is known to have it stands here, and "known:" says from where: a page is GitLab's own of the Jobs
 * API, of 13.3, of 14 to 15 or of 18.
 */
const firstVersion = {
  /** The list of a pipeline's jobs is newest first and without retried jobs: gitlab#272627. */
  newestJobsOnly: '13.5',
  genericPackages: '13.5',
  /** gitlab merge request 48589. */
  includeRetried: '13.7',
  /** A file of an expired archive that is locked is served: merge request 53567. */
  lockedFiles: '13.9',
  /** GET /job. */
  ownJob: '13.10',
  /** The types of rust-gitlab for 13.10. */
  pipelineProject: '13.10',
  /** known: source of 13.12. */
  playBridges: '13.12',
  commitWebUrl: '13.12',
  /** known: the page of 14 to 15; the one of 13.3 has none of these. */
  tagList: '14.0',
  queuedDuration: '14.0',
  failureReason: '14.0',
  commitTrailers: '14.0',
  runnerType: '14.0',
  pipelineSourceFilter: '14.3',
  pipelineSource: '14.4',
  pipelineIid: '14.6',
  deleteProjectArtifacts: '14.7',
  runnerPaused: '14.8',
  /** Variables for a job that is played; known: the Jobs API's page of 15. */
  playVariables: '14.9',
  ownTokenRoute: '15.5',
  /** gitlab merge request 56700; answered as the example of the page of 18 is, which was made with 15.6. */
  allowedAgents: '13.11',
  /** Which projects' tokens a project lets in; before, a token had its user's rights everywhere. */
  inboundAllowlist: '15.9',
  keysetJobs: '15.9',
  /** The list of a project's jobs no longer says how many there are: known with keyset pages. */
  uncountedJobs: '15.9',
  /** known: the page of 18; the one of 14 to 15 has none of these. */
  erasedAt: '16.0',
  jobProject: '16.0',
  newUserKeys: '16.0',
  waitingForCallback: '16.8',
  /** known: the example of the page of 18, made with 16.11. */
  runnerManager: '16.11',
  archivedKey: '17.0',
  /** A runner that can is told to stop, and runs its after_script. */
  canceling: '17.0',
  retryBridges: '17.0',
  /** A project that a job token may not reach is refused with the reason; before it was not there. */
  tokenRefusedAloud: '17.6',
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
  /** known: the page of 18 still has it, later ones of 18 do not. */
  noSkype: '18.4',
  githubKey: '18.0',
  /** Answers to erase and keep no longer have the key that the pages show. */
  noDownloadUrl: '19.0',
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

/** The versions the tests run; any other `major.minor` from the oldest on works too. */
export const knownVersions = [
  '13.3',
  '14.10',
  '15.11',
  '16.11',
  '17.8',
  '17.11',
  '18.0',
  '18.7',
  '18.8',
  '18.10',
  '19.2',
] as const

export const defaultVersion = '19.2'
export const oldestVersion = '13.3'

export function has(version: string, feature: Feature): boolean {
  return compareVersions(version, firstVersion[feature]) >= 0
}

/** Negative, zero or positive, as a comparison of `major.minor` strings. */
function compareVersions(a: string, b: string): number {
  const [aMajor = 0, aMinor = 0] = a.split('.').map(Number)
  const [bMajor = 0, bMinor = 0] = b.split('.').map(Number)
  return aMajor - bMajor || aMinor - bMinor
}

export function isVersion(text: string): boolean {
  return /^\d+\.\d+$/.test(text) && compareVersions(text, oldestVersion) >= 0
}
