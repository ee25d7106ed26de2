import type {Seed} from './seed.ts'

export const movingWorld: Seed = {
  name: 'moving',
  shows:
    'jobs that move by themselves: one fails and is retried, one hangs, one waits to be played, a stage follows another',
  yaml: `# Jobs that move on the sandbox's clock (--speed 10 makes them ten times as fast, --clock manual stops them until
# POST /-/sandbox/clock). When "unit" and "flaky" have passed, the stage "deploy" begins.
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
          - {id: 101, name: watcher, stage: .pre, status: running, allow_failure: true, token: glcbt-self}
      - id: 12
        user: dev
        jobs:
          - id: 121
            name: unit
            stage: test
            status: created
            timeline:
              - {after: 1s, status: pending}
              - {after: 1s, status: running, log: "1 of 2\\n"}
              - {after: 2s, log: "2 of 2\\n"}
              - {after: 1s, status: success}
            artifacts: {files: {report.txt: "all good\\n"}, expire_in: 1h}
          # Fails the first time; a retry passes.
          - id: 122
            name: flaky
            stage: test
            status: pending
            timeline: [{after: 1s, status: running}, {after: 1s, status: failed, failure_reason: runner_system_failure}]
            retry_timeline: [{after: 1s, status: running}, {after: 1s, status: success}]
          # Runs only once it has been played.
          - id: 123
            name: approve
            stage: test
            status: manual
            timeline: [{after: 1s, status: running}, {after: 1s, status: success}]
          # Somebody plays this one after three seconds.
          - id: 124
            name: approved by hand
            stage: test
            status: manual
            timeline: [{after: 3s, status: pending}, {after: 1s, status: success}]
          - id: 125
            name: delayed
            stage: test
            status: scheduled
            timeline: [{after: 4s, status: pending}, {after: 1s, status: success}]
          - {id: 126, name: release, stage: deploy, status: created}
          - {id: 127, name: publish, stage: deploy, status: created, when: manual}
      - id: 13
        user: dev
        ref: hanging
        jobs:
          # Never ends by itself: for deadlines.
          - {id: 131, name: endless, status: running}
          - {id: 132, name: canceled midway, status: running, timeline: [{after: 3s, status: canceled}]}
`,
}
