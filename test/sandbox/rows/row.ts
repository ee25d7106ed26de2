import type {SandboxOptions} from '../../../src/sandbox/cli/sandbox.ts'
import type {WorldFile} from '../../../src/sandbox/world/world-types.ts'

/** One line of the table: who asks what of which world, and what comes back. */
export interface Row {
  readonly as: string
  readonly ask: string
  readonly status: number
  readonly world?: WorldFile
  readonly options?: SandboxOptions
  readonly version?: string
  readonly send?: object | string
  readonly with?: Readonly<Record<string, string>>
  /** The whole JSON of an error; of anything else a part, or for a list the ids. */
  readonly json?: object
  readonly ids?: readonly number[]
  readonly text?: string
  /** Null: the header is absent. */
  readonly headers?: Readonly<Record<string, string | RegExp | null>>
  /** Keys that the JSON object has not. */
  readonly lacks?: readonly string[]
}

type More = Omit<Partial<Row>, 'as' | 'ask' | 'status'>

export const row = (as: string, ask: string, status: number, more: More = {}): Row => ({as, ask, status, ...more})

/** The refusals, word for word. */
export const unauthorized = {json: {message: '401 Unauthorized'}}
export const forbidden = {json: {message: '403 Forbidden'}}
export const noProject = {json: {message: '404 Project Not Found'}}
/** A missing record has a small f, a missing file a capital one. */
export const noRecord = {json: {message: '404 Not found'}}
export const noFile = {json: {message: '404 Not Found'}}
export const noRoute = {json: {error: '404 Not Found'}}
export const notAllowedTo = (target: string) => ({
  json: {message: `403 Forbidden - Authentication by CI/CD job token not allowed from app to ${target}.`},
})
export const lacking = (policy: string, where: string) => ({
  json: {
    message: `403 Forbidden - Insufficient permissions to access this resource in ${where}. The following token permission is required: ${policy}.`,
  },
})
export const badParameter = (error: string) => ({json: {error}})
