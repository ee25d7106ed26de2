import type {Seed} from './seed.ts'

export const familiesWorld: Seed = {
  name: 'families',
  shows: 'child and multi-project pipelines, bridges, merge request and tag pipelines, and what a ref finds',
  yaml: `# Pipelines that start pipelines. 11 has the child 12 (same project) and starts 21 in grp/lib; 13 is of a merge
# request, 14 of a tag. By ref, children of the same project are searched, other projects are not.
self: 101
users:
  - {id: 1, username: dev, tokens: [{token: glpat-dev}]}
projects:
  - id: 1
    path: grp/app
    members: {dev: maintainer}
    pipelines:
      - id: 11
        user: dev
        jobs:
          - {id: 101, name: watcher, stage: test, status: running, token: glcbt-self, allow_failure: true}
          - {id: 102, name: build, stage: build, status: success, artifacts: {files: {parent.txt: "parent\\n"}}}
        bridges:
          - {id: 150, name: child, stage: deploy, status: running, downstream: 12}
          - id: 151
            name: other project
            stage: deploy
            status: pending
            downstream: null
            timeline: [{after: 2s, status: running, downstream: 21}, {after: 4s, status: success}]
          - {id: 152, name: on demand, stage: deploy, status: manual, downstream: null}
      - id: 12
        parent: 11
        user: dev
        jobs:
          - id: 121
            name: package
            stage: build
            status: pending
            timeline: [{after: 2s, status: running}, {after: 2s, status: success}]
            artifacts: {files: {child.txt: "child\\n"}}
      - id: 13
        ref: refs/merge-requests/5/head
        source: merge_request_event
        jobs: [{id: 131, name: build, stage: build, status: success, artifacts: {files: {mr.txt: "mr\\n"}}}]
      - id: 14
        ref: v1.0
        tag: true
        jobs: [{id: 141, name: build, stage: build, status: success, artifacts: {files: {tag.txt: "tag\\n"}}}]
      # The newest passed pipeline of main before 11: what a ref finds while 11 runs.
      - id: 10
        jobs:
          - {id: 91, name: build, stage: build, status: success, artifacts: {files: {before.txt: "before\\n"}}}
  - id: 2
    path: grp/lib
    members: {dev: developer}
    job_token_allowlist: {projects: {grp/app: default}}
    pipelines:
      - id: 21
        source: pipeline
        jobs:
          - id: 201
            name: build
            status: pending
            timeline: [{after: 3s, status: running}, {after: 2s, status: success}]
            artifacts: {files: {lib.txt: "lib\\n"}}
`,
}
