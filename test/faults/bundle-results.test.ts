import {spawnSync} from 'node:child_process'
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, afterEach, beforeAll, beforeEach, describe, expect, test} from '@jest/globals'
import {jobVariables, openScene, sceneWorld, type Scene} from '../support/bundle-scene.ts'
import {fastClock} from '../support/fast-clock.ts'
import {testUnless} from '../support/optional.ts'
import {missingMounts, missingOtherUser, missingUnless, runShell} from '../support/shell.ts'

const withFailures = sceneWorld({
  jobs: [
    {id: 121, name: 'good', status: 'success', user: 'dev'},
    {id: 122, name: 'bad', status: 'failed', user: 'dev'},
  ],
})

let scene: Scene
let cwd = ''
beforeAll(async () => {
  scene = await openScene(withFailures)
})
afterAll(() => scene.close())
beforeEach(() => {
  scene.sandbox.clearRequests()
  cwd = mkdtempSync(join(tmpdir(), 'jobside-results-'))
})
afterEach(() => rmSync(cwd, {recursive: true, force: true}))

const good = ['--job', 'good', '--interval', '1s'] as const
const bad = ['--job', 'bad', '--settle', '0s', '--interval', '1s'] as const
const wait = (argv: readonly string[], env: Record<string, string> = {}) => scene.run('wait-for-job', argv, {cwd, env})
const shell = (script: string, env: Record<string, string> = {}) =>
  runShell(script, {cwd, env: {...jobVariables(scene.sandbox), ...env}})
const read = (name: string): string => readFileSync(join(cwd, name), 'utf8')
const changes = () => scene.sandbox.requests().filter(({method}) => method !== 'GET')

describe('a command of the host never lands in a result', () => {
  const github = {GITHUB_ACTIONS: 'true', GITLAB_TOKEN: 'glpat-dev'}

  test.each([
    ['get-job', ['--job', 'good', '--json', '-']],
    ['get-job', ['--job', 'good', '--json', '/dev/stdout']],
    ['get-job', ['--job', 'good', '--field', 'status']],
    ['list-jobs', ['--json', '-']],
    ['list-jobs', ['--format', 'jsonl']],
    ['wait-for-job', [...good, '--field', 'status']],
    ['wait-for-job', [...good, '--format', 'shell']],
  ] as const)('of %s %j, and the runner hears it on standard error', async (name, argv) => {
    const {code, stdout, stderr} = await scene.run(name, argv, {cwd, env: github})
    expect({code, stderr}).toMatchObject({code: 0})
    expect(stdout).not.toMatch(/^::|glcbt-self|glpat-dev/m)
    expect(stderr).toMatch(/^::add-mask::glcbt-self$/m)
    if (argv.includes('--json' as never)) expect(() => JSON.parse(stdout) as unknown).not.toThrow()
  })

  test('nor what is wrong with a call', async () => {
    const {code, stdout, stderr} = await scene.run('list-jobs', ['--json', '-', '--typo'], {cwd, env: github})
    expect([code, JSON.parse(stdout)]).toEqual([
      64,
      {count: null, ids: null, jobs: null, statuses: null, outcome: 'usage'},
    ])
    expect(stderr).toContain('unknown flag --typo')
  })

  test('nor in a file that standard output is led into', async () => {
    const {code, stderr} = await shell(`"$NODE" "$DIST/wait-for-job.mjs" ${good.join(' ')} > wait.log`, github)
    expect(code).toBe(0)
    expect([read('wait.log').includes('glcbt-self'), stderr.includes('::add-mask::glcbt-self')]).toEqual([false, true])
  })

  test('nor in the file that a log is led into', async () => {
    const {code, stderr} = await shell(`"$NODE" "$DIST/get-job-log.mjs" --job endless > log.txt`, github)
    expect([code, read('log.txt')]).toEqual([0, 'still going\n'])
    expect(stderr).toMatch(/^::add-mask::glcbt-self$/m)
  })

  test('two results for standard output are refused', async () => {
    for (const argv of [
      ['--json', '-', '--field', 'status'],
      ['--format', 'shell', '--json', '/dev/stdout'],
    ]) {
      expect(await wait([...good, ...argv])).toMatchObject({
        code: 64,
        stderr: expect.stringContaining('cannot go to standard output both'),
      })
    }
  })
})

describe('an old report is never taken for that of this run', () => {
  const old = 'MINE=1\nSTATUS=success\nJOB_ID=1\nPOLLS=3\nOUTCOME=done\n'
  const links = JSON.stringify({
    mine: [],
    jobside: [{external_link: {label: 'old: success', url: 'https://h/old'}}],
  })
  beforeEach(() => {
    writeFileSync(join(cwd, 'gate.env'), old)
    writeFileSync(join(cwd, 'gate.json'), '{"status": "success"}\n')
    writeFileSync(join(cwd, 'links.json'), links)
  })
  const reports = ['--dotenv', 'gate.env', '--json', 'gate.json', '--annotations', 'links.json'] as const

  test.each([
    ['a wrong flag', [...good, '--typo'], 64, 'usage'],
    ['an empty variable', ['--job', ''], 64, 'usage'],
    ['a job that is not there', ['--job', 'nowhere', '--appear-timeout', '1s', '--interval', '1s'], 66, 'not-found'],
    ['a deadline', ['--job', 'endless', '--timeout', '1s', '--interval', '1s'], 75, 'deadline'],
  ] as const)('after %s', async (_, argv, code, outcome) => {
    expect(await wait([...argv, ...reports])).toMatchObject({code})
    expect(read('gate.env')).toMatch(/^MINE=1\n/)
    expect(read('gate.env')).not.toMatch(/success|JOB_ID=1$|POLLS=3|OUTCOME=done/m)
    expect(read('gate.env')).toContain(`OUTCOME=${outcome}\n`)
    expect(JSON.parse(read('gate.json'))).toMatchObject({outcome})
    expect(read('gate.json')).not.toContain('success')
    expect(JSON.parse(read('links.json'))).toMatchObject({mine: []})
    expect(read('links.json')).not.toContain('https://h/old')
  })

  test.each([
    ['SIGTERM', 143, 'terminated'],
    ['SIGHUP', 129, 'hung-up'],
    ['SIGKILL', null, undefined],
  ] as const)('after %s', async (signal, code, outcome) => {
    const run = await scene.run('wait-for-job', ['--job', 'endless', '--interval', '20s', ...reports], {
      cwd,
      during: (child) => {
        const look = setInterval(() => {
          if (scene.sandbox.requests().length === 0) return
          clearInterval(look)
          child.kill(signal)
        }, 20)
        child.once('exit', () => clearInterval(look))
      },
    })
    expect(run.code).toBe(code)
    expect(read('gate.env')).toMatch(/^MINE=1\n/)
    expect(read('gate.env') + read('gate.json')).not.toContain('success')
    if (outcome !== undefined) expect(read('gate.env')).toContain(`OUTCOME=${outcome}\n`)
  })

  test('and the failure itself is written', async () => {
    expect(await wait([...bad, ...reports])).toMatchObject({code: 20})
    expect(read('gate.env')).toMatch(/^MINE=1\nSTATUS=failed\n[^]*OUTCOME=job-failed\n$/)
    expect(JSON.parse(read('gate.json'))).toMatchObject({status: 'failed', outcome: 'job-failed'})
    expect(read('links.json')).toContain('bad')
  })

  test('but --explain and --help leave it', async () => {
    await wait([...good, '--explain', ...reports])
    await wait(['--help', ...reports])
    expect([read('gate.env'), read('links.json')]).toEqual([old, links])
  })

  test('and links do not pile up, run after run', async () => {
    await wait([...good, '--annotations', 'links.json'])
    await wait([...bad, '--annotations', 'links.json'])
    expect(JSON.parse(read('links.json'))).toMatchObject({mine: [], jobside: [{external_link: {}}]})
    expect(read('links.json')).not.toContain('good')
  })
})

describe('a result that cannot be written', () => {
  const play = ['play-manual-job', ['--job', 'deploy']] as const
  const env = {GITLAB_TOKEN: 'glpat-dev'}

  test.each([
    ['a folder in place of --dotenv', ['--dotenv', 'folder'], {}],
    ['a folder in place of --json', ['--json', 'folder'], {}],
    ['a place in /proc', ['--json', '/proc/x/y/z.json'], {}],
    ['a place below a file', ['--annotations', 'file/a.json'], {}],
    ['GITHUB_OUTPUT that is not there', [], {GITHUB_ACTIONS: 'true', GITHUB_OUTPUT: '/nowhere/output'}],
    ['GITLAB_ENV that is not there', ['--gitlab-env'], {GITLAB_ENV: '/nowhere/env'}],
    ['the output file of a function', ['--output-file', '/nowhere/out'], {}],
  ] as const)('ends in 73 before anything is changed: %s', async (_, argv, more) => {
    mkdirSync(join(cwd, 'folder'))
    writeFileSync(join(cwd, 'file'), '')
    const {code, stdout, stderr} = await scene.run(play[0], [...play[1], ...argv], {cwd, env: {...env, ...more}})
    expect({code, said: stdout + stderr}).toEqual({code: 73, said: expect.stringContaining('Writing the outputs to')})
    expect(changes()).toEqual([])
    expect(readdirSync(cwd).sort()).toEqual(['file', 'folder'])
  })

  testUnless(missingMounts())('is told when the disk is full: GITHUB_OUTPUT, GITLAB_ENV, reports', async () => {
    mkdirSync(join(cwd, 'disk'))
    const onFullDisk = (run: string) =>
      shell(
        `exec unshare -m bash -c 'mount -t tmpfs -o size=8k none disk && touch disk/out && { dd if=/dev/zero of=disk/fill bs=1k count=99 2>&-; ${run}; code=$?; ls -A disk >left; exit $code; }'`,
      )
    const gate = `"$NODE" "$DIST/wait-for-job.mjs" ${good.join(' ')}`
    for (const run of [
      `GITHUB_ACTIONS=true GITHUB_OUTPUT=$PWD/disk/out ${gate}`,
      `GITLAB_ENV=$PWD/disk/out ${gate} --gitlab-env`,
      `${gate} --dotenv disk/a.env`,
      `${gate} --json disk/out`,
      `${gate} --output-file disk/out`,
    ])
      expect([run, (await onFullDisk(run)).code, read('left')]).toEqual([run, 73, 'fill\nout\n'])
  })

  test.each([
    ['GITHUB_OUTPUT', 73, {GITHUB_OUTPUT: 'pipe'}],
    ['GITHUB_STEP_SUMMARY, which is decoration', 0, {GITHUB_STEP_SUMMARY: 'pipe'}],
  ])('into a pipe that nobody reads ends: %s', async (_, expected, env) => {
    await shell('mkfifo pipe')
    const options = {cwd, env: {GITHUB_ACTIONS: 'true', ...env}, nodeOptions: fastClock(cwd, 20), cpuSeconds: 20}
    expect(await scene.run('wait-for-job', good, options)).toMatchObject({code: expected})
  })

  testUnless(missingUnless('test -c /dev/full', 'needs /dev/full'))(
    'to a device that is full is told too',
    async () => {
      expect(await wait([...good, '--json', '/dev/full'])).toMatchObject({code: 73})
      expect(await wait([...good], {GITHUB_ACTIONS: 'true', GITHUB_OUTPUT: '/dev/full'})).toMatchObject({code: 73})
      expect(await wait([...good, '--gitlab-env'], {GITLAB_ENV: '/dev/full'})).toMatchObject({code: 73})
    },
  )

  test.each(['--json', '--dotenv', '--annotations'])('%s into /proc hears a signal all the same', async (flag) => {
    const {code} = await scene.run('wait-for-job', [...good, flag, '/proc/x/y'], {cwd, cpuSeconds: 20})
    expect(code).toBe(73)
  })
})

describe('a place for a result that is no ordinary file', () => {
  test('a device is written to and stays', async () => {
    expect(await wait([...good, '--json', '/dev/null', '--dotenv', '/dev/null'])).toMatchObject({code: 0})
    expect(statSync('/dev/null').isCharacterDevice()).toBe(true)
  })

  test('a pipe with a name is written to and stays', async () => {
    const {stdout} = await shell(
      `mkfifo pipe; cat pipe > got & "$NODE" "$DIST/wait-for-job.mjs" ${good.join(' ')} --json pipe >&-; echo "code $?"; wait; test -p pipe && echo still`,
    )
    expect(stdout).toBe('code 0\nstill\n')
    expect(JSON.parse(read('got'))).toMatchObject({status: 'success'})
  })

  test('/dev/stdout is standard output, and all else goes to standard error', async () => {
    const {code, stdout} = await wait([...good, '--json', '/dev/stdout'])
    expect([code, JSON.parse(stdout)]).toEqual([0, expect.objectContaining({status: 'success'})])
  })

  test('a link is followed, to a new file too, and stays', async () => {
    mkdirSync(join(cwd, 'real'))
    writeFileSync(join(cwd, 'real', 'a.env'), 'A=1\n')
    symlinkSync('real/a.env', join(cwd, 'a.env'))
    symlinkSync('real/new.json', join(cwd, 'a.json'))
    expect(await wait([...good, '--dotenv', 'a.env', '--json', 'a.json'])).toMatchObject({code: 0})
    expect(read('real/a.env')).toMatch(/^A=1\nSTATUS=success\n/)
    expect(JSON.parse(read('real/new.json'))).toMatchObject({status: 'success'})
    expect(realpathSync(join(cwd, 'a.env'))).toBe(realpathSync(join(cwd, 'real', 'a.env')))
    expect(readdirSync(join(cwd, 'real')).sort()).toEqual(['a.env', 'new.json'])
  })

  test('a file keeps its mode', async () => {
    for (const name of ['a.env', 'a.json']) {
      writeFileSync(join(cwd, name), '')
      chmodSync(join(cwd, name), 0o600)
    }
    await wait([...good, '--dotenv', 'a.env', '--json', 'a.json'])
    expect(['a.env', 'a.json'].map((name) => statSync(join(cwd, name)).mode & 0o777)).toEqual([0o600, 0o600])
  })

  test.each([
    ['--dotenv', '--json', 'a', 'a'],
    ['--dotenv', '--annotations', 'a', './x/../a'],
    ['--json', '--annotations', 'a', 'link'],
  ])('%s and %s into one file are refused', async (one, other, first, second) => {
    symlinkSync('a', join(cwd, 'link'))
    writeFileSync(join(cwd, 'a'), 'A=1\n')
    const {code, stdout} = await wait([...good, one, first, other, second])
    expect([code, stdout]).toEqual([64, expect.stringContaining('name the same file')])
    expect(read('a')).toBe('A=1\n')
  })

  test('the same for the file that a command writes', async () => {
    const {code} = await scene.run('get-job-log', ['--job', 'endless', '--output', 'a', '--json', 'a'], {cwd})
    expect(code).toBe(64)
  })
})

describe('a reader that goes away', () => {
  const gate = (argv: readonly string[]): string => `"$NODE" "$DIST/wait-for-job.mjs" ${argv.join(' ')}`

  test.each(['--json -', '--field status', '--format shell', '--json /dev/stdout'])(
    'never makes a failed job good: %s',
    async (how) => {
      const {stdout, stderr} = await shell(`${gate(bad)} ${how} | true; echo "code \${PIPESTATUS[0]}"`)
      expect([stdout, /EPIPE|\n\s+at /.test(stderr)]).toEqual(['code 20\n', false])
    },
  )

  test('does no harm to a good one', async () => {
    const {stdout} = await shell(`${gate(good)} --json - | true; echo "code \${PIPESTATUS[0]}"`)
    expect(stdout).toBe('code 0\n')
  })

  test('does not keep list-jobs from its verdict', async () => {
    const {stdout} = await shell(
      `"$NODE" "$DIST/list-jobs.mjs" --format ids --expect 0 | true; echo "code \${PIPESTATUS[0]}"`,
    )
    expect(stdout).toBe('code 20\n')
  })
})

test('six commands at once lose nothing of one report', async () => {
  const six = [1, 2, 3, 4, 5, 6]
  const runs = await Promise.all(
    six.map((at) => wait([...good, '--dotenv', 'a.env', '--output-prefix', `P${at}_`, '--dotenv-outputs', 'status'])),
  )
  expect(runs.map(({code}) => code)).toEqual(six.map(() => 0))
  expect(read('a.env').split('\n').sort().join(' ').trim()).toBe(six.map((at) => `P${at}_STATUS=success`).join(' '))
  expect(readdirSync(cwd)).toEqual(['a.env'])
})

test('a lock whose holder was killed does not stop the next command', async () => {
  writeFileSync(join(cwd, '.a.env.lock'), `999999999@${spawnSync('hostname', {encoding: 'utf8'}).stdout.trim()} x\n`)
  expect(await wait([...good, '--dotenv', 'a.env'])).toMatchObject({code: 0})
  expect(readdirSync(cwd)).toEqual(['a.env'])
})

test('a current folder that was deleted is told in a sentence', async () => {
  const {code, stdout, stderr} = await shell(
    `mkdir gone; cd gone; rmdir "$PWD"; exec "$NODE" "$DIST/wait-for-job.mjs" ${good.join(' ')}`,
  )
  expect([code, stdout + stderr]).toEqual([73, expect.stringContaining('The current folder is not there any more.')])
  expect(stdout + stderr).not.toMatch(/\n\s+at /)
})

test('a value of a variable that a server repeats is hidden, from the input and from a file', async () => {
  writeFileSync(join(cwd, 'vars.env'), 'FILED=filed-canary-456\n')
  scene.setFaults([
    {
      on: 'POST **/play',
      answer: {status: 400, body: {message: 'bad: given-canary-123, filed-canary-456 and "prod" of product'}},
    },
  ])
  const argv = ['--job', 'deploy', '--variables', 'A=given-canary-123', '--variables', 'ENV=prod', '--log', 'debug']
  const {code, stdout, stderr} = await scene.run('play-manual-job', [...argv, '--variables-file', 'vars.env'], {
    cwd,
    env: {GITLAB_TOKEN: 'glpat-dev'},
  })
  scene.setFaults([])
  expect(code).not.toBe(0)
  expect(stdout + stderr).toContain('The server says')
  expect(stdout + stderr).not.toMatch(/canary|"prod"/)
})

testUnless(missingOtherUser())(
  'a user whom the system does not know, without HOME, is no reason to crash',
  async () => {
    const {code, stdout, stderr} = await shell(
      `chmod 777 . && unset HOME && exec setpriv --reuid 54321 --clear-groups "$NODE" "$DIST/download-artifacts-by-ref.mjs" --project grp/lib --ref main --job build --path out`,
    )
    // Whether such a user may write here is the system's affair.
    expect([0, 73]).toContain(code)
    expect(stdout + stderr).not.toContain('a bug in jobside')
  },
)

test('a token of one letter is refused instead of masking that letter everywhere', async () => {
  const {code, stdout} = await wait(good, {GITLAB_TOKEN: 'e'})
  expect([code, stdout]).toEqual([64, expect.stringMatching(/GITLAB_TOKEN is too short to be a token/)])
})

test.each(['completion bash', 'schema get-job', 'get-job --help', '--help'])(
  'a page of `jobside %s` that the disk has no room for is 73, and said',
  async (page) => {
    const {code, stdout} = await shell(`"$NODE" "$DIST/jobside.mjs" ${page} 2>&1 >/dev/full`)
    expect([code, stdout]).toEqual([73, 'error: Writing to standard output failed: ENOSPC.\n'])
  },
)

test('a place that cannot be written is told once', async () => {
  const {stdout} = await wait([...good, '--json', '.'])
  expect(stdout.match(/EISDIR/g)).toHaveLength(1)
})

describe('results in the next line', () => {
  const shells = ['bash', 'dash', 'busybox ash'].filter((name) => spawnSync('sh', ['-c', `${name} -c :`]).status === 0)

  test.each(shells)('arrive in %s by eval and by the dot, whatever is in them', async (name) => {
    const gate = `"$NODE" "$DIST/wait-for-job.mjs" ${good.join(' ')} --format shell --output-prefix "G_"`
    writeFileSync(
      join(cwd, 'script.sh'),
      `eval "$(${gate})"; echo "$G_STATUS $G_OUTCOME"; ${gate} > gate.sh && . ./gate.sh && echo "$G_JOB_NAME"\n`,
    )
    const {code, stdout} = await shell(`${name} script.sh`)
    expect([code, stdout]).toEqual([0, 'success done\ngood\n'])
  })

  test.each(shells)('never make a failure good in %s', async (name) => {
    const gate = `"$NODE" "$DIST/wait-for-job.mjs" ${bad.join(' ')} --format shell`
    writeFileSync(
      join(cwd, 'script.sh'),
      `eval "$(${gate})"; echo "$? $STATUS $OUTCOME"; eval "$(${gate} --typo)"; echo "$? $STATUS $OUTCOME"\n`,
    )
    expect((await shell(`${name} script.sh`)).stdout).toBe('20 failed job-failed\n64  usage\n')
  })

  test.each([
    ['list-jobs', ['--job', 'good'], "COUNT='1'\nIDS='121'\nOUTCOME='done'\n"],
    ['list-allowed-agents', [], /^COUNT='0'\n(?:[A-Z_]+='[^']*'\n)+OUTCOME='done'\n$/],
    [
      'list-artifacts',
      ['--project', 'grp/lib', '--ref', 'main', '--job', 'build'],
      /^JOB_ID='201'\n(?:[A-Z_]+='[^']*'\n)+$/,
    ],
  ] as const)(
    'are assignments by --format shell of %s too, which has formats of its own',
    async (name, argv, printed) => {
      const {code, stdout} = await scene.run(name, [...argv, '--format', 'shell'], {cwd})
      expect([code, stdout]).toEqual([0, typeof printed === 'string' ? printed : expect.stringMatching(printed)])
    },
  )

  test('are one value a line by --field, in the spelling of any surface', async () => {
    const {code, stdout} = await wait([...good, '--field', 'status', '--field', 'job_id', '--field', 'Job-Name'])
    expect([code, stdout]).toEqual([0, 'success\n121\ngood\n'])
    expect(await wait([...good, '--field', 'stats'])).toMatchObject({
      code: 64,
      stderr: expect.stringContaining('field "stats" is no output: did you mean status?'),
    })
    const self = await scene.run('fetch-self', ['--field', 'pipeline-id', '--field', 'pipeline.id'], {cwd})
    expect(self.stdout).toBe('11\n11\n')
  })
})

test('a hint on GitHub spells inputs as a workflow does', async () => {
  const run = async (argv: readonly string[], env: Record<string, string>) =>
    (await wait(argv, {GITHUB_ACTIONS: 'true', ...env})).stdout
  const inputs = {INPUT_JOB: 'endless', INPUT_TIMEOUT: '1s', INPUT_INTERVAL: '1s'}
  expect(await run([], inputs)).toMatch(/timeout:/)
  expect(await run([], inputs)).not.toMatch(/--timeout/)
  expect(await run(['--job', 'endless', '--timeout', '1s', '--interval', '1s'], {})).toMatch(/--timeout/)
})
