import {gzipSync} from 'node:zlib'
import {errorText, readJson} from '../../src/gitlab/http/answer.ts'
import {ShapeError} from '../../src/gitlab/api/responses.ts'
import {
  allowedAgentsShape,
  bridgeShape,
  jobOrBridgeShape,
  jobShape,
  pipelineShape,
  projectShape,
  tokenSelfShape,
  treeShape,
  userShape,
  versionShape,
} from '../../src/gitlab/api/shapes.ts'
import {hold, type Target} from '../target.ts'

const shapes = [
  allowedAgentsShape,
  bridgeShape,
  jobOrBridgeShape,
  jobShape,
  pipelineShape,
  projectShape,
  tokenSelfShape,
  treeShape,
  userShape,
  versionShape,
]
const pipeline = {id: 2, project_id: 1, ref: 'main', sha: 'abc', status: 'success'}
const job = {
  id: 1,
  name: 'build',
  stage: 'test',
  status: 'success',
  ref: 'main',
  tag: false,
  allow_failure: false,
  created_at: 'x',
  started_at: null,
  finished_at: null,
  duration: 1.5,
  web_url: 'http://x',
  pipeline,
  user: {id: 1, username: 'u'},
  artifacts_file: {filename: 'a.zip', size: 3},
}

/** The first byte chooses the coding, the rest is the body. */
export const json: Target = {
  name: 'json',
  about: 'reading never rejects, a shape fails only with a ShapeError, and nothing reaches a prototype',
  seeds: [
    Buffer.from(`\0${JSON.stringify(job)}`),
    Buffer.from(`\0${JSON.stringify({...job, downstream_pipeline: pipeline})}`),
    Buffer.from(`\0${JSON.stringify([{name: 'a', path: 'a', type: 'blob', size: 1, mode: '100644'}])}`),
    Buffer.from('\0{"message":{"a":["b"]},"error":"c","error_description":null,"__proto__":{"x":1}}'),
    Buffer.from('\0<html>sign in</html>'),
    Buffer.concat([Buffer.from([1]), gzipSync(JSON.stringify(pipeline))]),
    Buffer.from('\0{"version":"19.2"}'),
  ],
  words: [
    'null',
    'true',
    '[]',
    '{}',
    '""',
    '-1',
    '9007199254740993',
    '1e999',
    '"__proto__":',
    '\\u0000',
    '\\ud800',
    '\xef\xbb\xbf',
    '<html>',
    ',',
    '[[[[[[[[',
  ],
  async run(input) {
    const coding = ['identity', 'gzip', 'br', ''][(input[0] ?? 0) & 3] ?? ''
    const bytes = input.subarray(1)
    const body = await readJson({
      headers: {'content-encoding': coding, 'content-type': 'text/html'},
      body: pieces(bytes),
      discard: () => undefined,
    })
    if (body.kind !== 'json') return hold(!/[\u0000-\u001f]/.test(body.what), 'a control character in a message')
    hold(!/[\u0000-\u001f]/.test(errorText(body.value)), 'a control character in what the server says')
    for (const shape of shapes) {
      try {
        shape(body.value, '')
      } catch (error) {
        if (!(error instanceof ShapeError)) throw error
        hold(!/[\u0000-\u001f]/.test(error.message), 'a control character in a shape error')
      }
    }
    hold(Object.keys(Object.prototype).length === 0, 'a changed prototype')
  },
}

// oxlint-disable-next-line typescript/require-await -- a body comes in pieces, at whatever pace
async function* pieces(bytes: Buffer): AsyncGenerator<Uint8Array> {
  const middle = bytes.length >> 1
  yield bytes.subarray(0, middle)
  yield bytes.subarray(middle)
}
