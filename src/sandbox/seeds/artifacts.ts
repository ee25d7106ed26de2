import type {Seed} from './seed.ts'

export const artifactsWorld: Seed = {
  name: 'artifacts',
  shows: 'archives of every kind: modes and links, reports only, expired, locked, restricted, of a failed job',
  yaml: `# What can be special about artifacts. Serve it with --storage disk, redirect and proxy in turn, and with
# --gitlab-version 19.3 for ETags that mean something. All jobs are found by the ref main, if at all.
self: 111
users:
  - {id: 1, username: dev, tokens: [{token: glpat-dev}]}
  - {id: 2, username: rep, tokens: [{token: glpat-rep}]}
projects:
  - id: 1
    path: grp/app
    members: {dev: developer, rep: reporter}
    pipelines:
      - id: 9
        jobs:
          # Expired, and no longer kept as the newest of its ref: gone for the single file, not for the archive.
          - {id: 91, name: expired, status: success, artifacts: {expire_at: "2024-01-01", files: {old.txt: "old\\n"}}}
      - id: 10
        jobs:
          - id: 101
            name: everything
            status: success
            artifacts:
              name: all of it
              files:
                plain.txt: "text\\n"
                bin/run: {text: "#!/bin/sh\\n", mode: "0755"}
                bin/latest: {symlink: run}
                data/raw.bin: {base64: "AAECAwQF"}
                empty: {directory: true}
                "with space & ümlaut.txt": "x\\n"
              reports: [junit, dotenv]
          - {id: 102, name: reports only, status: success, artifacts: {reports: [junit]}}
          - {id: 103, name: nothing, status: success}
          - {id: 104, name: expired but locked, status: success, artifacts: {expire_at: "2024-01-01", files: {kept.txt: "kept\\n"}}}
          - {id: 105, name: for developers, status: success, artifacts: {access: developer, files: {a.txt: "a\\n"}}}
          - {id: 106, name: for nobody, status: success, artifacts: {access: none, files: {a.txt: "a\\n"}}}
          - {id: 107, name: failed, status: failed, allow_failure: true, artifacts: {when: always, files: {why.log: "why\\n"}}}
          - {id: 108, name: "matrix: [a, b]", status: success, artifacts: {files: {m.txt: "m\\n"}}}
          - {id: 109, name: without metadata, status: success, artifacts: {metadata: false, files: {n.txt: "n\\n"}}}
          - {id: 110, name: soon gone, status: success, artifacts: {expire_in: 1m, files: {s.txt: "s\\n"}}}
      - id: 11
        status: running
        jobs: [{id: 111, name: self, status: running, user: dev, token: glcbt-self}]
`,
}
