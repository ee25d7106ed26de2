import {describe, expect, test} from '@jest/globals'
import {ActionError} from '../../../src/base/errors.ts'
import {StdoutClosed} from '../../../src/hosts/host.ts'
import {memoryHost} from '../../support/memory-stream.ts'

const gitlab = {GITLAB_CI: 'true', NO_COLOR: '1'}

describe.each([
  ['github', {GITHUB_ACTIONS: 'true', NO_COLOR: '1'}],
  ['gitlab-script', gitlab],
  ['gitlab-script', {GITLAB_CI: 'false', CI_API_V4_URL: 'https://h/api/v4', NO_COLOR: '1'}],
  ['terminal', {}],
] as const)('on %s', (kind, env) => {
  test('is known for what it is, and narrates on standard output until told otherwise', async () => {
    const {host, stdout, stderr} = await memoryHost(env)
    host.log.info('one')
    host.narrateTo('stderr')
    host.log.info('two')
    expect([host.kind, stdout(), stderr()]).toEqual([kind, 'one\n', 'two\n'])
  })

  test('shows no control character, secret or query string of any text', async () => {
    const {host, stdout} = await memoryHost(env)
    host.setLevel('debug')
    host.mask(['s3cret-value'])
    const masked = stdout()
    const text = 'a\x1b[2J\u202eb s3cret-value https://h/p?token=1'
    for (const level of ['debug', 'info', 'warn', 'error'] as const) host.log[level](text)
    await host.log.section(text, async () => {
      host.log.foreign([text])
      host.log.table(text, [text], [[text]])
    })
    host.failed(new ActionError('refused', text, {hint: text, cause: new Error(text)}))
    host.failed(new TypeError(text))
    const shown = stdout().slice(masked.length)
    expect(shown.replaceAll(/\x1b\[0Ksection_(?:start|end):\d+:[a-z0-9-]+\r\x1b\[0K/g, '')).not.toMatch(
      /[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]/,
    )
    expect(shown).not.toMatch(/s3cret|token=1/)
    expect(shown).toContain('[MASKED] https://h/p?…')
  })

  test('says nothing but warnings and errors when quiet', async () => {
    const {host, stdout} = await memoryHost(env)
    host.setLevel('quiet')
    host.log.info('info')
    host.log.debug('debug')
    host.log.foreign(['foreign'])
    host.log.table('table', ['a'], [['b']])
    await host.log.section('section', async () => host.log.warn('careful'))
    expect(stdout()).toMatch(/^(?:::warning::|warning: )careful\n$/)
  })

  test('shows nothing live where no line can be redrawn', async () => {
    const {host, stdout} = await memoryHost(env)
    host.log.live(['50%'])
    expect([host.log.isLive, stdout()]).toEqual([false, ''])
  })
})

describe('a section in a GitLab log', () => {
  const markers = /\x1b\[0Ksection_(start|end):1700000000:([a-z0-9-]+)\r\x1b\[0K/g
  const marks = (text: string) => [...text.matchAll(markers)].map(([, kind, name]) => `${kind} ${name}`)

  test('has a header, a name of its own, and an end, also when its body fails', async () => {
    const {host, stdout} = await memoryHost(gitlab)
    await host.log.section('Wait: for [a, b]', async () => host.log.section('Wait: for [a, b]', async () => undefined))
    const failed = host.log.section('Wait: for [a, b]', async () => Promise.reject(new Error('x')))
    await expect(failed).rejects.toThrow('x')
    const [first, second] = marks(stdout())
    expect(first).toMatch(/^start wait-for-a-b-[0-9a-f]{8}-1$/)
    const [one, two, three] = [1, 2, 3].map((count) => first?.slice(6).replace(/1$/, `${count}`))
    expect([first, second]).toEqual([`start ${one}`, `start ${two}`])
    expect(marks(stdout()).slice(2)).toEqual([`end ${two}`, `end ${one}`, `start ${three}`, `end ${three}`])
    expect(stdout()).toContain('\r\x1b[0KWait: for [a, b]\n')
  })

  test('never shares its name with one of another command of the same job', async () => {
    const names = new Set<string | undefined>()
    for (const _ of [1, 2, 3]) {
      const {host, stdout} = await memoryHost(gitlab)
      await host.log.section('Wait', async () => undefined)
      names.add(marks(stdout())[0])
    }
    expect(names.size).toBe(3)
  })

  test('is closed before a failure is told, and by close', async () => {
    const {host, stdout} = await memoryHost(gitlab)
    void host.log.section('Endless', () => new Promise(() => undefined))
    host.failed(new ActionError('deadline', 'Too late.', {hint: 'Wait longer.'}))
    expect(stdout()).toMatch(/section_end:[^\n]*\nerror: Too late\.\nWait longer\.\n$/)
    void host.log.section('Endless', () => new Promise(() => undefined))
    await host.close()
    expect(stdout()).toMatch(/section_end:\S+\r\x1b\[0K\n$/)
    await host.close()
    expect(marks(stdout())).toHaveLength(4)
  })
})

test('GitLab never sees a secret, not even to mask it', async () => {
  const {host, stdout, stderr} = await memoryHost(gitlab)
  host.mask(['s3cret-value', undefined])
  expect(stdout() + stderr()).toBe('')
})

test('GitLab gets colours although its log is a pipe, by SGR alone', async () => {
  const {host, stdout} = await memoryHost({GITLAB_CI: 'true'})
  host.log.warn('careful')
  host.log.table(
    'Jobs',
    ['name', 'status'],
    [
      ['build: [漢字]', 'failed'],
      ['test', 'success'],
    ],
  )
  expect(stdout()).toBe(
    '\x1b[33mwarning: \x1b[0mcareful\n\x1b[1mJobs\x1b[0m\n' +
      '\x1b[1mname\x1b[0m           \x1b[1mstatus\x1b[0m\n' +
      'build: [漢字]  \x1b[31mfailed\x1b[0m\ntest           \x1b[32msuccess\x1b[0m\n',
  )
})

describe('a failure', () => {
  const told = async (error: unknown, level: 'info' | 'debug' = 'info') => {
    const {host, stdout} = await memoryHost({})
    host.setLevel(level)
    host.failed(error)
    return stdout()
  }

  test('that we understand is a sentence and a hint, with its causes when debugging', async () => {
    const error = new ActionError('refused', 'GET /x gave 401.', {hint: 'Set GITLAB_TOKEN.', cause: new Error('inner')})
    expect(await told(error)).toBe('error: GET /x gave 401.\nSet GITLAB_TOKEN.\n')
    expect(await told(error, 'debug')).toBe('error: GET /x gave 401.\nSet GITLAB_TOKEN.\nCaused by Error: inner\n')
  })

  test('that we do not understand is a stack and a request to report it', async () => {
    expect(await told(new TypeError('odd'))).toMatch(
      /^error: Unexpected error\. TypeError: odd\n {4}at .*\n[^]*please report it with the lines above\.\n$/,
    )
    expect(await told('odd')).toMatch(/^error: Unexpected error\. Thrown: odd\n/)
  })

  test('of a reader that went away is none', async () => {
    expect(await told(new StdoutClosed())).toBe('')
  })
})

describe('on a terminal', () => {
  test('live lines are redrawn in place, below what is said meanwhile, and cut to the width', async () => {
    const {host, stdout} = await memoryHost({NO_COLOR: '1'}, {columns: 20})
    host.log.live(['wait-for-a-very-long-name', 'two'])
    host.log.info('news')
    host.log.live(['one'])
    await host.close()
    expect(host.log.isLive).toBe(true)
    expect(stdout()).toBe(
      [
        'wait-for-a-very-lo…',
        'two',
        '\x1b[2A\x1b[0Jnews',
        'wait-for-a-very-lo…',
        'two',
        '\x1b[2A\x1b[0Jone',
        '\x1b[1A\x1b[0J',
      ].join('\n'),
    )
  })

  test.each([{CI: 'true'}, {TERM: 'dumb'}])('nothing is redrawn with %j', async (env) => {
    expect((await memoryHost(env, {columns: 80})).host.log.isLive).toBe(false)
  })

  test('exported CI variables do not make it a job log', async () => {
    expect((await memoryHost({CI_API_V4_URL: 'x', GITLAB_CI: 'true'}, {columns: 80})).host.kind).toBe('terminal')
  })

  test('a table is cut to the width', async () => {
    const {host, stdout} = await memoryHost({NO_COLOR: '1'}, {columns: 24})
    host.log.table('', ['id', 'name', 'status'], [['1', 'a job with a long name', 'success']])
    expect(stdout()).toBe('id  name         status\n1   a job with…  success\n')
  })

  test('the last column of a table goes on in the next line, so that neither a hint nor a link is lost', async () => {
    const {host, stdout} = await memoryHost({NO_COLOR: '1'}, {columns: 20})
    host.log.table('', ['id', 'note'], [['7', 'needs the role https://gitlab.example.com/x']])
    const rows = ['id  note', '7   needs the role', 'https://gitlab.e', 'xample.com/x']
    expect(stdout()).toBe(
      `${rows.slice(0, 2).join('\n')}\n${rows
        .slice(2)
        .map((row) => `    ${row}\n`)
        .join('')}`,
    )
  })
})
