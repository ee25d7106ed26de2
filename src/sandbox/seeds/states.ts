import type {Seed} from './seed.ts'

export const statesWorld: Seed = {
  name: 'states',
  shows: 'a job in every state, standing still: what list, get, cancel, retry, erase and play do to each',
  yaml: `# Every state that a job can be in, none of them moving. Try cancel, retry, erase and play on each (GITLAB_TOKEN),
# and see what a job token (CI_JOB_TOKEN, of job 101) is refused.
self: 101
users:
  - {id: 1, username: dev, tokens: [{token: glpat-dev}]}
  - {id: 2, username: maint, tokens: [{token: glpat-maint}]}
projects:
  - id: 1
    path: grp/app
    members: {dev: developer, maint: maintainer}
    pipelines:
      - id: 11
        user: dev
        jobs:
          - {id: 101, name: running, status: running, token: glcbt-self, log: "so far\\n"}
          - {id: 102, name: created, status: created}
          - {id: 103, name: waiting for a resource, status: waiting_for_resource, resource_group_busy: true}
          - {id: 104, name: preparing, status: preparing}
          - {id: 105, name: waiting for a callback, status: waiting_for_callback}
          - {id: 106, name: pending, status: pending}
          - {id: 107, name: success, status: success, log: "done\\n", coverage: 87.5}
          - {id: 108, name: failed, status: failed, log: "ERROR: Job failed: exit code 1\\n"}
          - {id: 109, name: failed but allowed, status: failed, allow_failure: true}
          - {id: 110, name: canceling, status: canceling}
          - {id: 111, name: canceled, status: canceled}
          - {id: 112, name: skipped, status: skipped}
          - {id: 113, name: manual, status: manual}
          - {id: 114, name: manual and blocking, status: manual, allow_failure: false}
          - {id: 115, name: scheduled, status: scheduled}
          # An older attempt and the one that replaced it: lists show 116 only with include_retried=true.
          - {id: 116, name: retried, status: failed, failure_reason: runner_system_failure, retried_by: 117}
          - {id: 117, name: retried, status: success}
          # Canceling takes this one through "canceling", as its runner still runs after_script.
          - {id: 118, name: graceful, status: running, graceful_cancel: true}
          - {id: 119, name: "matrix: [linux, amd64]", status: success}
          - {id: 120, name: archived, status: success, archived: true}
`,
}
