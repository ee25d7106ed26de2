import type {Sandbox} from '../../src/sandbox/cli/sandbox.ts'

/** A job as every client shows it, with GitLab's own keys. */
export interface SeenJob {
  readonly id: number
  readonly name: string
  readonly status: string
}

/** One real client, asked for what the Jobs API offers. Each call is the client's own way to do it; a refusal rejects. */
export interface Judge {
  readonly name: string
  /** Why it cannot be had here. */
  readonly missing: string | undefined
  /** Binds the client to a sandbox; `folder` is an empty one of its own. */
  at(sandbox: Sandbox, folder: string): Promise<Client>
}

export interface Client {
  /** All jobs of the project, over all pages. */
  readonly list: () => Promise<readonly SeenJob[]>
  readonly page: (page: number, perPage: number) => Promise<readonly SeenJob[]>
  readonly get: (id: number) => Promise<SeenJob>
  readonly trace: (id: number) => Promise<string>
  readonly play: (id: number, variables: Readonly<Record<string, string>>) => Promise<void>
  readonly retry: (id: number) => Promise<void>
  readonly cancel: (id: number) => Promise<void>
  readonly erase: (id: number) => Promise<void>
  readonly keep: (id: number) => Promise<void>
  readonly deleteArtifacts: (id: number) => Promise<void>
  readonly downloadById: (id: number) => Promise<Buffer>
  readonly downloadByRef: (ref: string, job: string) => Promise<Buffer>
  /** Resolves to the id of the new pipeline. */
  readonly startPipeline: (ref: string) => Promise<number>
  readonly cancelPipeline: (id: number) => Promise<void>
  readonly retryPipeline: (id: number) => Promise<void>
  readonly deletePipeline: (id: number) => Promise<void>
  /** What it prints of a ref's newest pipeline. */
  readonly show?: (ref: string) => Promise<string>
}

/** The project and the credential of the tests' world. */
export const project = {id: 1, path: 'grp/app', token: 'glpat-maint'} as const
