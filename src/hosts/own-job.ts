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
    scriptTimeoutSeconds: scriptTimeout(text),
    startedAt: dateOf(text('CI_JOB_STARTED_AT')),
    serverVersion: /^\d+\.\d+(?:\.\d+)?/.exec(text('CI_SERVER_VERSION') ?? '')?.[0],
    home: text('HOME'),
  }
}

/**
 * What the runner allows the script that we run in, in seconds: RUNNER_SCRIPT_TIMEOUT, or in an after_script, where CI_JOB_STATUS tells how the job
 * has ended, RUNNER_AFTER_SCRIPT_TIMEOUT, which is five minutes if it is not set.
 */
function scriptTimeout(text: (name: string) => string | undefined): number | undefined {
  const isAfter = ['success', 'failed', 'canceled'].includes(text('CI_JOB_STATUS') ?? '')
  if (!isAfter) return goSeconds(text('RUNNER_SCRIPT_TIMEOUT'))
  return goSeconds(text('RUNNER_AFTER_SCRIPT_TIMEOUT')) ?? (text('CI_JOB_ID') === undefined ? undefined : 300)
}

const unitSeconds: Readonly<Record<string, number>> = {ns: 1e-9, us: 1e-6, µs: 1e-6, ms: 1e-3, s: 1, m: 60, h: 3600}

/** A duration as Go writes it, such as `1h20m` or `90s`; what the runner would not take is no limit. */
function goSeconds(given: string | undefined): number | undefined {
  if (!/^(?:\d{1,9}(?:\.\d{1,9})?(?:ns|us|µs|ms|s|m|h))+$/.test(given ?? '')) return undefined
  const parts = [...(given ?? '').matchAll(/(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h)/g)]
  const seconds = parts.reduce((sum, [, amount, unit = 's']) => sum + Number(amount) * (unitSeconds[unit] ?? 0), 0)
  return seconds > 0 ? seconds : undefined
}

function dateOf(given: string | undefined): Date | undefined {
  // Date alone would also take `1`, and read a date without a zone as local time.
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d)$/.test(given ?? '')) return undefined
  const date = new Date(given ?? '')
  return Number.isNaN(date.getTime()) ? undefined : date
}
