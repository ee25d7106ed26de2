import {ActionError} from '../base/errors.ts'

const reportAt = 'This is a bug in jobside: please report it with the lines above.'

/** A failure as lines to show: what went wrong and what helps, or for one we do not understand the stack. */
export function explainFailure(error: unknown, debugging: boolean): string {
  if (error instanceof ActionError) {
    const lines = [error.message, ...(error.hint === undefined ? [] : [error.hint])]
    return [...lines, ...(debugging ? causesOf(error) : [])].join('\n')
  }
  const stack = error instanceof Error ? (error.stack ?? `${error.name}: ${error.message}`) : `Thrown: ${String(error)}`
  return [`Unexpected error. ${stack}`, ...causesOf(error), reportAt].join('\n')
}

function causesOf(error: unknown, depth = 0): readonly string[] {
  const cause = error instanceof Error ? error.cause : undefined
  if (cause === undefined || cause === null || depth === 5) return []
  const code = cause instanceof Error && 'code' in cause ? ` (${String(cause.code)})` : ''
  const told = cause instanceof Error ? `${cause.name}: ${cause.message}${code}` : 'something that is no error'
  return [`Caused by ${told}`, ...causesOf(cause, depth + 1)]
}
