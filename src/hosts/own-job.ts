import type {OwnJob} from '../command/action.ts'

/** What the predefined variables say about the job we run in. Anyone who starts a pipeline can set them: what is ill-formed is absent. */
export function readOwnJob(env: Readonly<Record<string, string | undefined>>): OwnJob {
  const text = (name: string): string | undefined => env[name]?.trim() || undefined
  const id = (name: string): number | undefined => {
    const found = Number(/^[1-9]\d{0,15}$/.exec(text(name) ?? '')?.[0])
    return Number.isSafeInteger(found) ? found : undefined
  }
  return {
    id: id('CI_JOB_ID'),
    name: text('CI_JOB_NAME'),
    stage: text('CI_JOB_STAGE'),
    pipelineId: id('CI_PIPELINE_ID'),
    projectId: id('CI_PROJECT_ID'),
    projectPath: text('CI_PROJECT_PATH'),
    defaultBranch: text('CI_DEFAULT_BRANCH'),
    upstreamPipelineId: id('CI_UPSTREAM_PIPELINE_ID'),
    upstreamProjectId: id('CI_UPSTREAM_PROJECT_ID'),
    resourceGroup: text('CI_RESOURCE_GROUP'),
    ref: text('CI_COMMIT_REF_NAME'),
    sha: /^[0-9a-f]{40}(?:[0-9a-f]{24})?$/.exec(text('CI_COMMIT_SHA') ?? '')?.[0],
    timeoutSeconds: id('CI_JOB_TIMEOUT'),
    startedAt: dateOf(text('CI_JOB_STARTED_AT')),
    serverVersion: /^\d+\.\d+(?:\.\d+)?/.exec(text('CI_SERVER_VERSION') ?? '')?.[0],
    home: text('HOME'),
  }
}

function dateOf(given: string | undefined): Date | undefined {
  // Date alone would also take `1`, and read a date without a zone as local time.
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d)$/.test(given ?? '')) return undefined
  const date = new Date(given ?? '')
  return Number.isNaN(date.getTime()) ? undefined : date
}
