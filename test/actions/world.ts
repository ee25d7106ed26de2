import type {JobFile, PipelineFile, ProjectFile, WorldFile} from '../../src/sandbox/world/world-types.ts'

export const sha = '0ff3ae198f8601a285adcf5c0fff204ee6fba5fd'

export const files = {
  'dist/app.js': 'app()\n',
  'dist/app.js.map': '{}\n',
  'dist/VERSION': '1.2.3\n',
  'bin/tool': {text: '#!/bin/sh\n', mode: '0755'},
}

/** The versions every command is held against: before job tokens could list jobs, with it, and the newest. */
export const versions = ['17.8', '18.0', '19.2'] as const

export function job(id: number, name: string, status: string, more: Partial<JobFile> = {}): JobFile {
  return {id, name, stage: 'build', status, user: 'dev', ...more}
}

/** The job that the commands run in: job 101 of pipeline 11 in project 1, of a developer. */
const self = job(101, 'integrate', 'running', {stage: 'test', token: 'glcbt-self', log: 'here\n'})

export interface WorldOptions {
  readonly more?: readonly PipelineFile[]
  readonly others?: readonly ProjectFile[]
  readonly app?: Partial<ProjectFile>
  readonly licence?: 'free' | 'premium'
}

/** A world whose project grp/app has one pipeline of main with these jobs beside our own. */
export function worldWith(
  jobs: readonly JobFile[],
  {more = [], others = [], app, licence}: WorldOptions = {},
): WorldFile {
  return {
    gitlab: {licence: licence ?? 'premium'},
    self: 101,
    users: [
      {id: 1, username: 'dev', tokens: [{token: 'glpat-dev'}, {token: 'glpat-ro', scopes: ['read_api']}]},
      {id: 2, username: 'maint', tokens: [{token: 'glpat-maint'}]},
      {id: 3, username: 'rep', tokens: [{token: 'glpat-rep'}]},
    ],
    projects: [
      {
        id: 1,
        path: 'grp/app',
        members: {dev: 'developer', maint: 'maintainer', rep: 'reporter'},
        pipelines: [{id: 11, ref: 'main', sha, user: 'dev', jobs: [self, ...jobs]}, ...more],
        ...app,
      },
      ...others,
    ],
  }
}

/** Another project that lets the job tokens of grp/app in. */
export function library(pipelines: readonly PipelineFile[], more: Partial<ProjectFile> = {}): ProjectFile {
  return {
    id: 2,
    path: 'grp/lib',
    members: {dev: 'developer', maint: 'maintainer'},
    job_token_allowlist: {projects: {'grp/app': 'default'}},
    pipelines,
    ...more,
  }
}
