import type {
  BridgeFile,
  JobFile,
  PipelineFile,
  ProjectFile,
  RoleName,
  WorldFile,
} from '../../src/sandbox/world/world-types.ts'

interface AppOptions {
  /** Beside our own in pipeline 11. */
  readonly jobs?: readonly JobFile[]
  readonly bridges?: readonly BridgeFile[]
  /** Beside pipeline 11. */
  readonly pipelines?: readonly PipelineFile[]
  readonly others?: readonly ProjectFile[]
  readonly role?: RoleName
}

/**
 * A world of one project, grp/app, and one user, dev, with the access token glpat-dev. We are its job 101, "gate", in pipeline 11, with the job
 * token glcbt-self.
 */
export function appWorld({
  jobs = [],
  bridges = [],
  pipelines = [],
  others = [],
  role = 'maintainer',
}: AppOptions): WorldFile {
  const gate = {id: 101, name: 'gate', status: 'running', user: 'dev', token: 'glcbt-self'}
  const app = {
    id: 1,
    path: 'grp/app',
    members: {dev: role},
    pipelines: [{id: 11, user: 'dev', jobs: [gate, ...jobs], bridges}, ...pipelines],
  }
  return {
    self: 101,
    users: [{id: 1, username: 'dev', tokens: [{token: 'glpat-dev'}]}],
    projects: [app, ...others],
  }
}
