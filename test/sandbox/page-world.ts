import type {WorldFile} from '../../src/sandbox/world/world-types.ts'

const users: WorldFile['users'] = [
  {id: 1, username: 'dev', tokens: [{token: 'glpat-dev', scopes: ['api']}]},
  {id: 2, username: 'stranger', tokens: [{token: 'glpat-stranger', scopes: ['read_api']}]},
]

/** What the pictures show: a pipeline in the middle of its work. */
export const busyWorld: WorldFile = {
  self: 104,
  users,
  projects: [
    {
      id: 1,
      path: 'shop/web',
      members: {dev: 'developer'},
      pipeline_template: {jobs: [{name: 'build', stage: 'build'}]},
      pipelines: [
        {
          id: 11,
          ref: 'main',
          jobs: [
            {id: 91, name: 'build', stage: 'build', status: 'success'},
            {id: 92, name: 'deploy', stage: 'deploy', status: 'failed'},
          ],
        },
        {
          id: 12,
          ref: 'main',
          variables: [{key: 'RELEASE', value: '2.4.0'}],
          jobs: [
            {
              id: 101,
              name: 'build',
              stage: 'build',
              status: 'success',
              log: {runner: 'npm run build\n\u001b[32mbuilt 214 modules\u001b[0m in 3.1 s\n'},
              artifacts: {
                expire_in: '7d',
                files: {
                  'dist/app.js': 'console.log("shop")\n',
                  'dist/style.css': 'body { margin: 0 }\n',
                  'bin/serve': {text: '#!/bin/sh\nexec node dist/app.js\n', mode: '0755'},
                  'bin/data': {base64: 'AAEC'},
                  'notes.txt': 'made by job 101\n',
                },
              },
            },
            {id: 102, name: 'unit', stage: 'test', status: 'failed', retried_by: 103, failure_reason: 'script_failure'},
            {id: 103, name: 'unit', stage: 'test', status: 'success', log: '428 passed\n'},
            {id: 104, name: 'browser', stage: 'test', status: 'running', log: 'starting chromium\n'},
            {id: 105, name: 'audit', stage: 'test', status: 'failed', allow_failure: true},
            {id: 106, name: 'preview', stage: 'deploy', status: 'created'},
            {id: 107, name: 'production', stage: 'deploy', status: 'manual', when: 'manual'},
          ],
          bridges: [{id: 150, name: 'docs', stage: 'deploy', status: 'running', downstream: 21}],
        },
      ],
    },
    {
      id: 2,
      path: 'shop/docs',
      members: {dev: 'maintainer'},
      pipelines: [{id: 21, ref: 'main', source: 'pipeline', jobs: [{id: 201, name: 'pages', status: 'pending'}]}],
    },
    {id: 3, path: 'shop/vault', pipelines: []},
  ],
}

const strike = `<img src=x onerror="globalThis.struck=1"></script><script>globalThis.struck=1</script>"'\`&`

/** Each text that a world can say, said with malice. */
export const hostileWorld: WorldFile = {
  users: [{id: 1, username: 'dev', name: strike, tokens: []}],
  projects: [
    {
      id: 1,
      path: 'grp/app',
      members: {dev: 'developer'},
      pipelines: [
        {
          id: 11,
          ref: strike,
          variables: [{key: 'KEY', value: strike}],
          jobs: [
            {
              id: 101,
              name: strike,
              stage: strike,
              status: 'running',
              tags: [strike],
              log: `${strike}\n\u001b[31m${strike}\u001b[0m\n`,
            },
            {
              id: 102,
              name: 'pack',
              stage: strike,
              status: 'success',
              artifacts: {
                files: {[`d/${strike.replaceAll('/', '')}`]: strike, 'page.html': strike, 'page.svg': strike},
              },
            },
          ],
        },
      ],
    },
  ],
}

export {strike}
