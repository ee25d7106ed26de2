import {constants} from 'node:os'

/** Exit codes of every command. Frozen: pipelines branch on them by `allow_failure:exit_codes` and `retry:exit_codes`. */
export const exitCodes = {
  done: {code: 0, about: 'done'},
  unexpected: {code: 1, about: 'unexpected error: a bug of ours'},
  jobFailed: {code: 20, about: 'the awaited job failed'},
  jobCanceled: {code: 21, about: 'the awaited job was canceled or skipped'},
  wrongState: {code: 22, about: 'the job is in a state that cannot do this (not playable, waits for a person)'},
  usage: {code: 64, about: 'bad or missing input'},
  notFound: {code: 66, about: 'not found: project, pipeline, job, ref, artifact, file'},
  unreachable: {code: 69, about: 'GitLab or the object store unreachable after our retries (5xx, 429, network)'},
  cannotWrite: {code: 73, about: 'cannot write: disk, permissions, something in the way'},
  deadline: {code: 75, about: 'our own deadline passed'},
  untrusted: {code: 76, about: 'an answer we cannot trust: not JSON, wrong shape, broken or hostile archive, checksum'},
  refused: {code: 77, about: 'refused: 401/403, or a 404 that means a refusal'},
  hungUp: {code: 129, about: 'interrupted by SIGHUP'},
  interrupted: {code: 130, about: 'interrupted by SIGINT'},
  terminated: {code: 143, about: 'interrupted by SIGTERM'},
} as const

export type Outcome = keyof typeof exitCodes
export type FailureKind = Exclude<Outcome, 'done' | 'unexpected'>

/**
 * Why an answer of GitLab's proves nothing, for code that must tell it from other failures. `page`: a page or something else that
 * is no JSON stood where the API should be; `part`: not all of a list came; `moved`: a list changed while its pages were read;
 * `contradiction`: the answer is not about what was asked.
 */
export type AnswerFault = 'page' | 'part' | 'moved' | 'contradiction'

export interface FailureDetails {
  /** What the reader can do about it, as a sentence. */
  readonly hint?: string | undefined
  readonly cause?: unknown
  /** Outputs that are true although the command failed, by their camelCase names. */
  readonly outputs?: Readonly<Record<string, unknown>> | undefined
  /** The HTTP status behind the failure, where there was one. */
  readonly status?: number | undefined
  readonly fault?: AnswerFault | undefined
  /** Of what is not found: it may still come, as a pipeline of a ref may, so that waiting for it makes sense. */
  readonly mayAppear?: boolean | undefined
}

/** A failure we understand: what was tried and what came back (message), what to do (hint), and its exit code. */
export class ActionError extends Error {
  override readonly name = 'ActionError'
  readonly kind: FailureKind
  readonly hint: string | undefined
  readonly outputs: Readonly<Record<string, unknown>> | undefined
  readonly status: number | undefined
  readonly fault: AnswerFault | undefined
  readonly mayAppear: boolean

  constructor(kind: FailureKind, message: string, details: FailureDetails = {}) {
    super(message, {cause: details.cause})
    this.kind = kind
    this.hint = details.hint
    this.outputs = details.outputs
    this.status = details.status
    this.fault = details.fault
    this.mayAppear = details.mayAppear ?? false
  }

  get exitCode(): number {
    return exitCodes[this.kind].code
  }
}

/** The same failure in other words, or with more to it. */
export function restated(
  error: ActionError,
  {message = error.message, ...details}: FailureDetails & {readonly message?: string},
): ActionError {
  const {kind, hint, cause, outputs, status, fault, mayAppear} = error
  return new ActionError(kind, message, {hint, cause, outputs, status, fault, mayAppear, ...details})
}

/** True for the rejection of an operation that was stopped through an AbortSignal. */
export function isAbort(error: unknown): boolean {
  return error instanceof Error && (error.name === 'AbortError' || ('code' in error && error.code === 'ABORT_ERR'))
}

/** The system's name for an error (`ENOSPC`), or that there is none. Node has no name for some numbers, that of a used-up quota among them. */
export function errorCode(error: unknown): string {
  if (typeof error !== 'object' || error === null || !('code' in error)) return 'no reason given'
  if (error.code !== 'UNKNOWN' || !('errno' in error) || typeof error.errno !== 'number') return String(error.code)
  const number = -error.errno
  return Object.entries(constants.errno).find(([, known]) => known === number)?.[0] ?? `error ${number}`
}
