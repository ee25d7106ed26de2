import {execFileSync, spawnSync} from 'node:child_process'
import {mkdtempSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import path from 'node:path'
import {describe, expect, test} from '@jest/globals'
import {completionScript} from '../../../src/cli/completion.ts'
import {catalogue, helpFor, suggest} from '../../../src/cli/help.ts'
import {readInputs} from '../../../src/command/inputs.ts'
import {sharedInputs} from '../../../src/command/shared-inputs.ts'
import {actions} from '../../../actions/catalogue.ts'
import {sample} from '../../support/sample-action.ts'

describe('the help page of a command', () => {
  const page = helpFor(sample, sharedInputs)

  test('fits into 80 columns', () => {
    expect(page.split('\n').filter((line) => line.length > 79)).toEqual([])
  })

  test('opens with what the command does, how it is called and examples to copy', () => {
    expect(page).toContain(`jobside sample-job
  Shows every kind of input and output that a definition can hold, in one
  sentence long enough to be wrapped.

Usage
  jobside sample-job --ref TEXT [--input value]...

Examples
  Wait for one job:
    jobside sample-job --ref main --job "build: [linux, arm64]" --timeout 30m \\
      --mode any --strategy latest-job

  Look only:
    jobside sample-job

Inputs
`)
  })

  test('tells default, variable, choice and repetition of each input', () => {
    for (const line of [
      '  --ref TEXT                Branch or tag (required) [CI_COMMIT_REF_NAME]',
      '  --pipeline-id N           Id of the pipeline [CI_PIPELINE_ID]',
      '  --variables KEY=VALUE ... Variables for the job',
      '  --wait                    Wait until the job has finished',
      '  --mode all|any            Which jobs count (default: all)',
      '  --strategy WORD           How to look: latest-pipeline, recent-successful,',
      '  INPUT_JOB_TOKEN           Job token, sent as JOB-TOKEN [CI_JOB_TOKEN]',
      '  job-id                    Id of the job',
      '   75   our own deadline passed',
    ]) {
      expect(page.split('\n')).toContain(line)
    }
  })

  test('never offers a secret as a flag', () => {
    expect(page).not.toMatch(/--(job-)?token /)
  })
})

test('the catalogue lists every command with its sentence', () => {
  const page = catalogue([sample])
  expect(page).toContain('  sample-job                Shows every kind of input and output that a\n')
  expect(page.split('\n').filter((line) => line.length > 79)).toEqual([])
})

test.each([
  ['sampel-job', 'jobside: there is no command "sampel-job". Did you mean "jobside sample-job"?'],
  ['job', 'jobside: there is no command "job". Did you mean "jobside sample-job"?'],
  ['xyzzy', 'jobside: there is no command "xyzzy". Run "jobside" for the list.'],
  ['\x1b[2J', String.raw`jobside: there is no command "\x1b[2J". Run "jobside" for the list.`],
])('an unknown command %j is answered with the nearest', (name, answer) => {
  expect(suggest(name, [sample])).toBe(answer)
})

describe('the completion script', () => {
  const complete = (line: readonly string[]): readonly string[] => {
    const script = `${completionScript('bash', [sample])}
COMP_WORDS=(${line.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=$((\${#COMP_WORDS[@]} - 1)); _jobside; printf '%s\\n' "\${COMPREPLY[@]}"`
    return execFileSync('bash', ['--norc', '-c', script], {encoding: 'utf8'}).trim().split('\n')
  }

  test('for bash completes commands, flags and the words of a choice', () => {
    expect(complete(['jobside', 'sam'])).toEqual(['sample-job'])
    expect(complete(['jobside', 'sample-job', '--pi'])).toEqual(['--pipeline-id'])
    expect(complete(['jobside', 'sample-job', '--mode', ''])).toEqual(['all', 'any'])
    expect(complete(['jobside', 'sample-job', '--to'])).toEqual(['--token-file'])
    expect(complete(['jobside', 'completion', ''])).toEqual(['bash', 'zsh', 'fish'])
  })

  const present = (['zsh', 'fish'] as const).filter((shell) => spawnSync(shell, ['--version']).status === 0)
  test('for the other shells quotes every text of a definition', () => {
    const zsh = completionScript('zsh', [sample])
    const fish = completionScript('fish', [sample])
    expect(zsh).toContain(
      String.raw`'--timeout[How long to wait at most; it'\''s cut to what the job has left]:value: '`,
    )
    expect(fish).toContain("-l mode -x -a 'all any' -d 'Which jobs count'")
    const folder = mkdtempSync(path.join(tmpdir(), 'jobside-completion-'))
    for (const shell of present) {
      const file = path.join(folder, `script.${shell}`)
      writeFileSync(file, shell === 'zsh' ? zsh : fish)
      expect(spawnSync(shell, ['-n', file], {encoding: 'utf8'}).stderr).toBe('')
    }
  })
})

describe.each(actions.map((action) => [action.name, action] as const))('%s', (_, action) => {
  test('has a help page of 80 columns, with an example for each thing worth showing', () => {
    const words = helpFor(action, sharedInputs)
      .split('\n')
      .filter((line) => line.length > 79 && line.trim().includes(' '))
    expect(words).toEqual([])
    expect(action.examples.length).toBeGreaterThan(0)
  })

  test('has examples that it would accept', () => {
    for (const {line} of action.examples) {
      const {stdout} = spawnSync('bash', ['-c', `printf '%s\\0' ${line}`], {encoding: 'utf8'})
      const argv = line === '' ? [] : stdout.split('\0').slice(0, -1)
      expect([
        line,
        readInputs(action, sharedInputs, {argv, env: {}}).problems.filter(
          (problem) => !problem.includes('is required'),
        ),
      ]).toEqual([line, []])
    }
  })
})
