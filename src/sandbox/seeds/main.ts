import type {Seed} from './seed.ts'

export const mainWorld: Seed = {
  name: 'main',
  shows: 'a running job of grp/app waits for a job of grp/lib and may pull its artifacts',
  yaml: `# The main job: job 101 of grp/app is running. Job 201 of grp/lib is pending and will succeed after about
# four seconds; grp/lib lets the job tokens of grp/app in.
gitlab: {version: "19.2", edition: ee, licence: premium}
self: 101
users:
  - {id: 1, username: dev, name: Dev, tokens: [{token: glpat-dev, scopes: [api]}]}
  - id: 2
    username: maint
    name: Maintainer
    tokens:
      - {token: glpat-maint, scopes: [api]}
      - {token: glpat-ro, scopes: [read_api]}
      - {token: glpat-old, scopes: [api], expired: true}
      - {token: glpat-gone, scopes: [api], revoked: true}
projects:
  - id: 1
    path: grp/app
    members: {dev: developer, maint: maintainer}
    pipelines:
      - id: 11
        ref: main
        user: dev
        jobs:
          - {id: 101, name: integrate, stage: test, status: running, user: dev, token: glcbt-self, log: "waiting for the library\\n"}
          - {id: 102, name: deploy, stage: deploy, status: manual, user: dev, allow_failure: true}
  - id: 2
    path: grp/lib
    members: {dev: developer, maint: maintainer}
    job_token_allowlist: {projects: {grp/app: default}}
    pipelines:
      - id: 21
        ref: main
        user: maint
        jobs:
          - id: 201
            name: build
            stage: build
            status: pending
            tags: [docker]
            timeline:
              - {after: 1500ms, status: running, log: "compiling\\n"}
              - {after: 2s, status: success, log: "done\\n"}
            artifacts:
              expire_in: 30d
              files:
                dist/lib.js: "export const answer = 42\\n"
                bin/tool: {text: "#!/bin/sh\\necho tool\\n", mode: "0755"}
                bin/latest: {symlink: tool}
                docs/README.md: "# lib\\n"
`,
}
