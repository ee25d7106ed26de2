import {describe, expect, test} from '@jest/globals'
import {ActionError} from '../../../src/base/errors.ts'
import {inputSpelling} from '../../../src/hosts/spelling.ts'
import {memoryHost} from '../../support/memory-stream.ts'

const component = {GITLAB_CI: 'true', JOBSIDE_SOURCE: 'project', INPUT_REF: 'main'}
const github = {GITHUB_ACTIONS: 'true', INPUT_REF: 'main'}
const rootAction = {GITHUB_ACTIONS: 'true', INPUT_ACTION: 'wait-for-job', INPUT_WITH: 'ref=main'}
const inFunction = ['--output-file', 'out.jsonl']
const byFlags = ['--ref', 'main']

describe('a hint names an input as its reader has to write it', () => {
  test.each([
    ['in a component', component, [], 'Use job-id: 7 or ref: main.'],
    ['in an action of its own on GitHub', github, [], 'Use job-id: 7 or ref: main.'],
    ['in the with of the action for all commands', rootAction, ['wait-for-job'], 'Use job-id=7 or ref=main.'],
    ['in a Function', {GITLAB_CI: 'true'}, inFunction, 'Use job_id: 7 or ref: main.'],
    ['in a script', {GITLAB_CI: 'true'}, byFlags, 'Use --job-id 7 or --ref=main.'],
    ['in a script of a component’s variables', component, byFlags, 'Use --job-id 7 or --ref=main.'],
    ['in a terminal', {}, byFlags, 'Use --job-id 7 or --ref=main.'],
  ])('%s', async (_, env, argv, shown) => {
    const {host, stdout, stderr} = await memoryHost({...env, NO_COLOR: '1'}, {argv})
    host.failed(new ActionError('wrongState', 'It is over.', {hint: 'Use --job-id 7 or --ref=main.'}))
    expect(stdout() + stderr()).toContain(shown)
  })

  test('in a component also where the input has another name than the flag, as the job has one of that name', async () => {
    const {kind} = (await memoryHost(component)).host
    const spelt = inputSpelling(kind, {argv: [], env: component})
    expect(spelt('Give --stage or --source; --yes is required.')).toBe(
      'Give select-stage: or select-source:; confirm: is required.',
    )
  })

  test.each(['--help', '--version', 'a--ref', '---ref', '-ref', '--Ref', '--'])(
    'and leaves %s as it is',
    async (text) => {
      for (const env of [component, github, rootAction]) {
        const {kind} = (await memoryHost(env)).host
        expect(inputSpelling(kind, {argv: [], env})(text)).toBe(text)
      }
    },
  )

  test.each([
    [
      'Use --strategy latest-job to take it, or --strategy any-status.',
      'Use strategy=latest-job to take it, or strategy=any-status.',
    ],
    ['Say --ref refs/heads/v2 or --ref refs/tags/v2.', 'Say ref=refs/heads/v2 or ref=refs/tags/v2.'],
    ['Give --pipeline-id, --ref or --sha.', 'Give pipeline-id=, ref= or sha=.'],
    ['Use --merge-request for them; --rerun to run it.', 'Use merge-request= for them; rerun= to run it.'],
    ['--auth token: see --auth anonymous.', 'auth=token: see auth=anonymous.'],
    ['--files chooses, --overwrite merge, say.', 'files= chooses, overwrite=merge, say.'],
  ])('and in that with, what follows a name is its value: %s', (text, shown) => {
    expect(inputSpelling('github', {argv: ['wait-for-job'], env: rootAction})(text)).toBe(shown)
  })

  test('but never respells an error that is not understood', async () => {
    const {host, stdout, stderr} = await memoryHost({...component, NO_COLOR: '1'})
    host.failed(new Error('unknown option --ref'))
    expect(stdout() + stderr()).toContain('--ref')
  })
})
