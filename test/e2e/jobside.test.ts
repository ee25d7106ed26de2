import {execFile} from 'node:child_process'
import {mkdtemp, rm, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import path from 'node:path'
import {promisify} from 'node:util'
import {Validator} from '@cfworker/json-schema'
import {afterAll, beforeAll, describe, expect, test} from '@jest/globals'
import {actions} from '../../actions/catalogue.ts'
import type {Fields} from '../../src/command/fields.ts'
import {helpFor} from '../../src/cli/help.ts'
import {spell} from '../../src/base/names.ts'
import {sharedInputs} from '../../src/command/shared-inputs.ts'
import {version} from '../../src/base/version.ts'
import {runBundle} from '../support/bundles.ts'
import {startSandbox} from '../support/sandbox.ts'

const run = promisify(execFile)

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'jobside-program-'))
})
afterAll(() => rm(folder, {recursive: true}))

describe('jobside', () => {
  test.each([[[]], [['--help']], [['-h']], [['help']]])('with %j prints the catalogue', async (argv) => {
    const {code, stdout, stderr} = await runBundle('jobside', argv)
    expect([code, stderr]).toEqual([0, ''])
    for (const {name, about} of actions) {
      expect(stdout).toContain(`  ${name} `)
      expect(stdout.replace(/\s+/g, ' ')).toContain(`${name} ${about}`)
    }
    expect(stdout.split('\n').filter((line) => line.length > 79)).toEqual([])
  })

  test('tells its version', async () => {
    expect(await runBundle('jobside', ['--version'])).toMatchObject({code: 0, stdout: `${version}\n`, stderr: ''})
  })

  test.each([
    ['wait-fro-job', 'Did you mean "jobside wait-for-job"?'],
    ['dotcor', 'Did you mean "jobside doctor"?'],
    ['list', 'Did you mean "jobside list-allowed-agents", "jobside list-artifacts" or "jobside list-jobs"?'],
    ['frobnicate', 'Run "jobside" for the list.'],
  ])('%s is no command, and the answer says what may be meant', async (name, answer) => {
    const {code, stdout, stderr} = await runBundle('jobside', [name, '--job', 'build'])
    expect([code, stdout]).toEqual([64, ''])
    expect(stderr).toBe(`jobside: there is no command "${name}". ${answer}\n`)
  })

  test.each(actions.map((action) => [action.name, action] as const))(
    '%s --help is the page of that command',
    async (name, action) => {
      const {code, stdout, stderr} = await runBundle('jobside', [name, '--help'])
      expect([code, stderr]).toEqual([0, ''])
      expect(stdout).toBe(helpFor(action, sharedInputs))
    },
  )

  test('schema NAME prints what a machine needs to know, and the answer of --json fits it', async () => {
    const {code, stdout} = await runBundle('jobside', ['schema', 'list-jobs'])
    expect(code).toBe(0)
    const schema = JSON.parse(stdout) as {readonly $defs: {readonly json: object}}
    const sandbox = await startSandbox('main')
    try {
      const answer = await runBundle('jobside', ['list-jobs', '--json', '-'], {env: {...sandbox.env}})
      expect(new Validator(schema.$defs.json, '2020-12').validate(JSON.parse(answer.stdout)).errors).toEqual([])
    } finally {
      await sandbox.close()
    }
    expect(await runBundle('jobside', ['schema', 'frob'])).toMatchObject({
      code: 64,
      stdout: '',
      stderr: expect.stringContaining('name the command, one of'),
    })
  })

  test('takes the name of the command from the input of the root action, and the flags from its lines', async () => {
    const sandbox = await startSandbox('main')
    try {
      const env = {...sandbox.env, INPUT_ACTION: 'fetch-self', INPUT_WITH: 'field=pipeline.id\nfield=user.username'}
      expect(await runBundle('jobside', [], {env})).toMatchObject({code: 0, stdout: '11\ndev\n'})
    } finally {
      await sandbox.close()
    }
  })
})

describe('jobside completion', () => {
  test.each([[['completion']], [['completion', 'tcsh']]])('%j names the shells it knows', async (argv) => {
    const {code, stdout, stderr} = await runBundle('jobside', argv)
    expect([code, stdout]).toEqual([64, ''])
    expect(stderr).toContain('one of bash, zsh, fish')
  })

  /** What a bash that has sourced the script offers for each line; the last word is the one being typed. */
  async function offers(lines: readonly (readonly string[])[]): Promise<readonly (readonly string[])[]> {
    const {stdout} = await runBundle('jobside', ['completion', 'bash'])
    const script = path.join(folder, 'completion.bash')
    await writeFile(script, stdout)
    await run('bash', ['--norc', '-n', script])
    const asks = lines.map(
      (words) => `COMP_WORDS=(${words.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${words.length - 1}
COMP_LINE="\${COMP_WORDS[*]}"; COMP_POINT=\${#COMP_LINE}; COMPREPLY=()
"$function" jobside "\${COMP_WORDS[COMP_CWORD]}" "\${COMP_WORDS[COMP_CWORD - 1]}"
echo "\${COMPREPLY[*]}"`,
    )
    // The function is looked up as bash itself does when the tab key is pressed.
    const program = `set -u; source '${script}'; function=$(complete -p jobside | sed 's/.*-F \\([^ ]*\\).*/\\1/')\n${asks.join('\n')}`
    const answer = await run('bash', ['--norc', '-c', program], {cwd: folder})
    return answer.stdout
      .trimEnd()
      .split('\n')
      .map((line) => line.split(' ').filter((word) => word !== ''))
  }

  test('offers every command, and those that begin as typed', async () => {
    const [all, some, shells] = await offers([
      ['jobside', ''],
      ['jobside', 'download'],
      ['jobside', 'completion', ''],
    ])
    expect(all).toEqual([...actions.map(({name}) => name), 'completion', 'schema'])
    expect(some).toEqual(['download-artifacts', 'download-artifacts-by-ref'])
    expect(shells).toEqual(['bash', 'zsh', 'fish'])
  })

  test('offers each command all of its flags, and no secret', async () => {
    const found = await offers(actions.map(({name}) => ['jobside', name, '--']))
    const wanted = actions.map(({inputs}) => {
      const fields: Fields = {...inputs, ...sharedInputs}
      const flags = Object.entries(fields).filter(([, field]) => field.type !== 'secret')
      return [...flags.map(([name]) => `--${spell.kebab(name)}`), '--help', '--version']
    })
    expect(found).toEqual(wanted)
    expect(found.flat()).not.toContain('--token')
  })

  test('offers the words of a choice, and files where a file is wanted', async () => {
    const [words, begun, files] = await offers([
      ['jobside', 'wait-for-job', '--auth', ''],
      ['jobside', 'wait-for-job', '--until', 'st'],
      ['jobside', 'wait-for-job', '--token-file', 'comp'],
    ])
    expect(words).toEqual(['auto', 'job-token', 'token', 'anonymous'])
    expect(begun).toEqual(['started'])
    expect(files).toEqual(['completion.bash'])
  })
})
