import {ActionError} from '../base/errors.ts'
import {job as oneJob, oneProject, oneRef, tokenSelf} from '../gitlab/api/endpoints.ts'
import type {Endpoint} from '../gitlab/api/endpoints.ts'
import {forbidden, levelOf, permit} from '../gitlab/api/permit.ts'
import type {Change, Rights, Standing} from '../gitlab/api/permit.ts'
import type {FoundJob} from '../gitlab/api/types.ts'
import type {GitLab} from '../gitlab/http/client.ts'

interface Asking {
  readonly gitlab: GitLab
  readonly signal: AbortSignal
}

/** Asks GitLab what bears on a change, and remembers what several jobs share. What it does not tell stays unknown. */
export function createExaminer({gitlab, signal}: Asking) {
  const known = new Map<string, Promise<unknown>>()
  const ask = <T>(endpoint: Endpoint<T>): Promise<T | undefined> => {
    const before = known.get(endpoint.path) as Promise<T | undefined> | undefined
    const answer = before ?? tell(gitlab, endpoint, signal)
    known.set(endpoint.path, answer)
    return answer
  }
  return {
    /** The scopes of the access token; throws if GitLab does not take it. */
    async scopes(): Promise<readonly string[] | undefined> {
      if (gitlab.choose('token-self').kind !== 'token') return undefined
      try {
        return (await gitlab.call(tokenSelf(), {signal, attempts: 2})).scopes
      } catch (error) {
        if (error instanceof ActionError && error.status !== 401) return undefined
        throw error
      }
    },
    async rights(project: string): Promise<Rights> {
      const shown = await ask(oneProject({project}))
      return {level: shown && levelOf(shown)}
    },
    async standing(change: Change, {job, projectId}: FoundJob): Promise<Standing> {
      const project = await ask(oneProject({project: projectId}))
      const level = project && levelOf(project)
      const mayBeProtected = change !== 'delete-artifacts' && (level === undefined || level >= 30)
      const ref = mayBeProtected ? await ask(oneRef({project: projectId, ref: job.ref, isTag: job.tag})) : undefined
      const mayMerge = ref?.developers_can_merge === true
      return {
        job,
        serverVersion: gitlab.facts.serverVersion,
        level,
        isProjectArchived: project?.archived,
        protection:
          ref?.protected === undefined
            ? undefined
            : {isProtected: ref.protected, mayPush: mayMerge && ref.can_push === false ? undefined : ref.can_push},
      }
    },
  }
}

async function tell<T>(gitlab: GitLab, endpoint: Endpoint<T>, signal: AbortSignal): Promise<T | undefined> {
  if (gitlab.choose(endpoint.route).kind === 'refused') return undefined
  try {
    return await gitlab.call(endpoint, {signal, attempts: 2, quiet: true})
  } catch (error) {
    if (error instanceof ActionError && !signal.aborted) return undefined
    throw error
  }
}

/**
 * What a refused change comes from, by what GitLab shows of the job, its project and its ref. The refusal itself where that explains nothing; then with
 * what has been looked at.
 */
export async function explainRefused(
  change: Change,
  found: FoundJob,
  error: unknown,
  asking: Asking,
): Promise<unknown> {
  if (!(error instanceof ActionError) || asking.signal.aborted || !mayHaveReason(error)) return error
  const {gitlab, signal} = asking
  const isBridge = 'downstream_pipeline' in found.job
  const job = isBridge ? undefined : await tell(gitlab, oneJob({project: found.projectId, job: found.job.id}), signal)
  const standing = await createExaminer(asking).standing(change, {...found, job: job ?? found.job})
  const ruling = permit(change, standing)
  if (!ruling.may) {
    const explained = forbidden(ruling, error)
    return new ActionError(explained.kind, `${explained.message} GitLab’s answer: ${error.message}`, {
      hint: explained.hint,
      cause: error,
      status: error.status,
    })
  }
  if (error.status !== 403 || !standing.protection?.isProtected) return error
  const {kind, message, status} = error
  const what = found.job.tag ? 'tag' : 'branch'
  return new ActionError(kind, `${message} The ${what} ${found.job.ref} is protected.`, {
    cause: error,
    status,
    hint: `Use a token whose owner may ${found.job.tag ? 'create' : 'push or merge to'} the ${what}: see Settings > Repository > Protected ${what === 'tag' ? 'tags' : 'branches'}.`,
  })
}

/** A scope, a token or an allowlist that GitLab names itself needs no further explanation. */
function mayHaveReason({status, message}: ActionError): boolean {
  return (
    (status === 400 || status === 403 || status === 404) &&
    !/lacks a scope|was not forced|access token has expired|job token|token permission|\binput\b/i.test(message)
  )
}
