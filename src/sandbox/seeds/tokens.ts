import type {Seed} from './seed.ts'

export const tokensWorld: Seed = {
  name: 'tokens',
  shows: 'what the job token of grp/app may reach: allowlists, fine-grained permissions, visibility, roles',
  yaml: `# One project for each way in which the job token of job 101 (grp/app, caused by dev) is let in or refused.
self: 101
users:
  - id: 1
    username: dev
    tokens:
      - {token: glpat-dev}
      - {token: glpat-ro, scopes: [read_api]}
      - {token: glpat-old, expired: true}
      - {token: glpat-gone, revoked: true}
projects:
  - id: 1
    path: grp/app
    members: {dev: developer}
    pipelines:
      - id: 11
        user: dev
        jobs:
          - {id: 101, name: self, status: running, token: glcbt-self}
          # The token of a finished job: 401.
          - {id: 102, name: finished, status: success, token: glcbt-finished}
  # Let in with all that dev may do.
  - id: 2
    path: grp/allowed
    members: {dev: developer}
    job_token_allowlist: {projects: {grp/app: default}}
    pipelines: [{id: 21, jobs: [{id: 201, name: build, status: success, artifacts: {files: {a.txt: "a\\n"}}}]}]
  # Not let in: the default of every project.
  - id: 3
    path: grp/closed
    members: {dev: developer}
    pipelines: [{id: 31, jobs: [{id: 301, name: build, status: success, artifacts: {files: {a.txt: "a\\n"}}}]}]
  # Let in to see pipelines, not jobs.
  - id: 4
    path: grp/fine-grained
    members: {dev: developer}
    job_token_allowlist: {projects: {grp/app: [read_pipelines]}}
    pipelines: [{id: 41, jobs: [{id: 401, name: build, status: success, artifacts: {files: {a.txt: "a\\n"}}}]}]
  # Let in, but dev is no member.
  - id: 5
    path: grp/stranger
    job_token_allowlist: {projects: {grp/app: default}}
    pipelines: [{id: 51, jobs: [{id: 501, name: build, status: success, artifacts: {files: {a.txt: "a\\n"}}}]}]
  # Let in, but dev is a guest who sees no pipelines.
  - id: 6
    path: grp/guest
    public_pipelines: false
    members: {dev: guest}
    job_token_allowlist: {projects: {grp/app: default}}
    pipelines: [{id: 61, jobs: [{id: 601, name: build, status: success, artifacts: {files: {a.txt: "a\\n"}}}]}]
  # Public: readable without being on a list.
  - id: 7
    path: grp/public
    visibility: public
    pipelines: [{id: 71, jobs: [{id: 701, name: build, status: success, artifacts: {files: {a.txt: "a\\n"}}}]}]
  # Public, with CI/CD for members only.
  - id: 8
    path: grp/public-members
    visibility: public
    ci_visibility: members
    pipelines: [{id: 81, jobs: [{id: 801, name: build, status: success, artifacts: {files: {a.txt: "a\\n"}}}]}]
  # The list switched off: every project's tokens come in.
  - id: 9
    path: grp/open
    members: {dev: developer}
    job_token_allowlist: {enabled: false}
    pipelines: [{id: 91, jobs: [{id: 901, name: build, status: success, artifacts: {files: {a.txt: "a\\n"}}}]}]
`,
}
