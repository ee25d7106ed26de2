import {describe, expect, test} from '@jest/globals'
import {
  bytes,
  duration,
  flag,
  integer,
  list,
  oneOf,
  optional,
  pairs,
  secret,
  text,
  usageError,
} from '../../../src/command/fields.ts'
import {parseArguments} from '../../../src/command/arguments.ts'
import {readInputs} from '../../../src/command/inputs.ts'

const action = {
  name: 'sample',
  inputs: {
    jobName: optional(text('Job', {from: ['CI_SAMPLE_A', 'CI_SAMPLE_B']})),
    job: list('Jobs'),
    variables: pairs('Variables'),
    wait: flag('Wait'),
    strict: flag('Strict', {default: true}),
    timeout: duration('Timeout', {default: '60m'}),
    limit: integer('Limit', {default: 10, max: 100}),
    size: bytes('Size', {default: '1KiB'}),
    mode: oneOf('Mode', ['all', 'any'], {default: 'all'}),
  },
}
const shared = {jobToken: secret('Job token', 'CI_JOB_TOKEN'), token: secret('Token', 'GITLAB_TOKEN')}
const read = (argv: readonly string[], env: Record<string, string> = {}) => readInputs(action, shared, {argv, env})
const problem = (argv: readonly string[], env: Record<string, string> = {}, of: typeof action.inputs | object = {}) => {
  const {problems} = readInputs({...action, inputs: {...action.inputs, ...of}}, shared, {argv, env})
  expect(problems).not.toEqual([])
  return usageError(action.name, problems).message
}

describe('where an input comes from', () => {
  const all = {'INPUT_JOB-NAME': 'hyphens', INPUT_JOB_NAME: 'underscores', CI_SAMPLE_A: 'a', CI_SAMPLE_B: 'b'}

  test.each([
    ['a flag with a blank', ['--job-name', 'flag'], all, 'flag', '--job-name'],
    ['a flag with an equals sign', ['--job-name=flag'], all, 'flag', '--job-name'],
    ["GitHub's spelling", [], all, 'hyphens', 'INPUT_JOB-NAME'],
    ["a shell's spelling", [], {...all, 'INPUT_JOB-NAME': ''}, 'underscores', 'INPUT_JOB_NAME'],
    ['the first variable that fits', [], {CI_SAMPLE_A: 'a', CI_SAMPLE_B: 'b'}, 'a', 'CI_SAMPLE_A'],
    ['the next variable, where the first is empty', [], {CI_SAMPLE_A: ' ', CI_SAMPLE_B: 'b'}, 'b', 'CI_SAMPLE_B'],
    ['nothing, where a variable is empty', [], {'INPUT_JOB-NAME': '', INPUT_JOB_NAME: ' '}, undefined, undefined],
  ] as const)('is %s', (_, argv, env, value, source) => {
    const {values, given} = read(argv, env)
    expect(values.jobName).toBe(value)
    expect(given.jobName).toBe(source)
  })

  test('falls back to the defaults, and tells that nothing was given', () => {
    const {values, given} = read([])
    expect(values).toMatchObject({
      wait: false,
      strict: true,
      timeout: 3_600_000,
      limit: 10,
      size: 1024,
      mode: 'all',
      job: [],
    })
    expect(given).toEqual({})
  })

  test('ignores variables of inputs it does not have', () => {
    expect(() => read([], {INPUT_OTHER: 'x', INPUT_ACTION: 'y'})).not.toThrow()
  })
})

describe('the texts of an input', () => {
  test('are trimmed', () => {
    expect(read([], {INPUT_JOB_NAME: '  build: [a, b] \n'}).values.jobName).toBe('build: [a, b]')
  })

  test('of a list are one a flag or one a line, and are never split at commas', () => {
    expect(read(['--job', 'a, b', '--job=test: [x, y]']).values.job).toEqual(['a, b', 'test: [x, y]'])
    expect(read([], {INPUT_JOB: ' deploy  prod\r\n\n  build, test '}).values.job).toEqual([
      'deploy  prod',
      'build, test',
    ])
  })

  test.each([
    ['["a, b", " c\\nd "]\n', ['a, b', 'c\nd']],
    ['[]', []],
    ['[a, b]', ['[a, b]']],
    ['["a"', ['["a"']],
    ['[1]', ['[1]']],
  ])('of a list may be a JSON array of texts: %s', (text, items) => {
    expect(read([], {INPUT_JOB: text}).values.job).toEqual(items)
  })

  test('of pairs keep every blank of the value', () => {
    const {values} = read(['--variables', 'A= x =y '], {INPUT_VARIABLES: 'B=never looked at'})
    expect([...values.variables]).toEqual([['A', ' x =y ']])
  })

  test.each([
    [['--wait'], true],
    [['--wait=false'], false],
    [['--wait', 'yes'], true],
    [['--wait', '--strict'], true],
    [['--no-wait'], false],
  ])('of a flag: %j is %j', (argv, value) => {
    expect(read(argv).values.wait).toBe(value)
  })

  test('may begin with two hyphens after an equals sign, and may be a single hyphen', () => {
    expect(read(['--job-name=--odd']).values.jobName).toBe('--odd')
    expect(read(['--job-name', '-']).values.jobName).toBe('-')
  })
})

describe('what is wrong with a call', () => {
  test('is told all at once', () => {
    const message = problem(['--limit', '1e3', '--timeot=5m', '--mode', 'none'], {INPUT_TIMEOUT: 'soon'})
    expect(message).toBe(
      [
        'sample: 4 problems with the input',
        '  - unknown flag --timeot, did you mean --timeout?',
        '  - timeout must be a duration such as 90s, 5m or 1h30m, not "soon" (from INPUT_TIMEOUT)',
        '  - limit must be a whole number from 0 to 100, not "1e3"',
        '  - mode must be one of all, any, not "none"',
      ].join('\n'),
    )
  })

  test.each([
    [['--jobName', 'x'], 'sample: unknown flag --jobName, did you mean --job-name?'],
    [['--job_name', 'x'], 'sample: unknown flag --job_name, did you mean --job-name?'],
    [['--jo', 'x'], 'sample: unknown flag --jo, did you mean --job or --job-name?'],
    [['--any'], 'sample: unknown flag --any, did you mean --mode any?'],
    [['--zzz'], 'sample: unknown flag --zzz'],
    [['-j'], 'sample: unknown flag -j: flags begin with two hyphens'],
    [['build'], 'sample: unexpected argument "build": every input is a flag, and a value with blanks needs quotes'],
    [['--job-name'], 'sample: --job-name needs a value (write --job-name=VALUE if it begins with --)'],
    [['--job-name', '--wait'], 'sample: --job-name needs a value (write --job-name=VALUE if it begins with --)'],
    [['--job-name', 'a', '--job-name', 'b'], 'sample: job-name is given more than once'],
    [['--variables', 'A=1', '--variables', 'A=2'], 'sample: variables gives A twice'],
    [['--job-name', ''], 'sample: --job-name is given, but empty: is the variable set?'],
    [['--job-name=', '--wait'], 'sample: --job-name is given, but empty: is the variable set?'],
    [['--job-name', ' \t'], 'sample: --job-name is given, but empty: is the variable set?'],
    [['--job', 'a', '--job', ''], 'sample: --job is given, but empty: is the variable set?'],
    [['--job', '[]'], 'sample: --job is given, but empty: is the variable set?'],
    [['--job', '["a", ""]'], 'sample: job holds an empty item: is the variable set?'],
    [['--variables='], 'sample: --variables is given, but empty: is the variable set?'],
    [['--wait='], 'sample: --wait is given, but empty: is the variable set?'],
    [['--timeout', ''], 'sample: --timeout is given, but empty: is the variable set?'],
    [['--output-file', ''], 'sample: --output-file is given, but empty: is the variable set?'],
    [['--output-file'], 'sample: --output-file needs a value (write --output-file=VALUE if it begins with --)'],
    [['--no-limit'], 'sample: unknown flag --no-limit, did you mean --limit?'],
  ])('%j: %s', (argv, message) => {
    expect(problem(argv)).toBe(message)
  })

  test('is an empty item of a JSON array from a variable too, which GitHub never makes', () => {
    expect(problem([], {INPUT_JOB: '["build", " "]'})).toBe(
      'sample: job holds an empty item: is the variable set? (from INPUT_JOB)',
    )
    expect(read([], {INPUT_JOB: 'build\n\ntest\n'}).values.job).toEqual(['build', 'test'])
  })

  test('names the ways to give a required input', () => {
    expect(problem([], {}, {ref: text('Ref', {from: 'CI_REF'})})).toBe(
      'sample: ref is required: give --ref or set INPUT_REF, or CI_REF',
    )
  })

  test('is shown without control characters', () => {
    expect(problem(['--mode', 'a\x1b[2J'])).toContain(String.raw`not "a\x1b[2J"`)
  })
})

describe('a secret', () => {
  test.each([
    [{'INPUT_JOB-TOKEN': 'token-a1'}, 'token-a1'],
    [{INPUT_JOB_TOKEN: 'token-a2', CI_JOB_TOKEN: 'token-a3'}, 'token-a2'],
    [{CI_JOB_TOKEN: ' token-a3\n'}, 'token-a3'],
  ])('is read from %j', (env, value) => {
    expect(read([], env).values.jobToken).toBe(value)
  })

  test.each([[['--token', 'glpat-s3cret']], [['--token=glpat-s3cret']], [['--tokn', 'glpat-s3cret']]])(
    'is never taken from a flag nor shown: %j',
    (argv) => {
      const message = problem(argv)
      expect(message).not.toContain('s3cret')
    },
  )

  test('refused as a flag says which variable to set', () => {
    expect(problem(['--job-token', 'x'])).toBe(
      'sample: --job-token is refused, because every process list shows its value: set INPUT_JOB_TOKEN or CI_JOB_TOKEN instead',
    )
  })

  test.each([
    'x1 x2xxxx',
    'a\nbbbbbbb',
    'a\r\nX-Evil: 1',
    'a\0bbbbbbb',
    '"abcdefgh"',
    "'abcdefgh'",
    'tökéntökén',
    'a\\bcdefgh',
  ])('of %j is refused unseen', (token) => {
    const message = problem([], {GITLAB_TOKEN: token})
    expect(message).toMatch(/^sample: token (has|holds) .* \(from GITLAB_TOKEN\)$/)
    expect(message).not.toContain(token)
  })
})

describe('help and version', () => {
  const page = (argv: readonly string[]) => parseArguments(argv, {...action.inputs, ...shared})

  test.each([
    [['--help'], 'help'],
    [['-h'], 'help'],
    [['--version'], 'version'],
    [['--wait', '-h'], 'help'],
    [['--job', 'build', '--help'], 'help'],
  ])('are asked for where a flag may stand: %j', (argv, asked) => {
    expect(page(argv)).toMatchObject({page: asked, problems: []})
  })

  test.each([[['--job', '-h']], [['--job=-h']], [['--job=--help']], [['--job-name', '-h']]])(
    'are a value where a value stands: %j',
    (argv) => {
      expect(page(argv)).toMatchObject({page: undefined, problems: []})
    },
  )

  test.each([
    [['--job', '--help']],
    [['--job', '--version']],
    [['--jbo', '--help']],
    [['--jbo', '-h']],
    [['--help=x']],
  ])('are not asked for by what may have been meant as a value: %j', (argv) => {
    const found = page(argv)
    expect([found.page, found.problems.length]).toEqual([undefined, 1])
  })
})

test('an input that was renamed is refused by its old name, with the new one', () => {
  const old = {...action, renamed: {jobTitle: 'jobName'}}
  const problems = (argv: readonly string[], env = {}) => readInputs(old, shared, {argv, env}).problems
  expect(problems(['--job-title', 'x'])).toEqual(['--job-title is called --job-name now'])
  expect(problems([], {'INPUT_JOB-TITLE': 'x'})).toEqual(['job-title is called --job-name now (from INPUT_JOB-TITLE)'])
  expect(problems([], {'INPUT_JOB-TITLE': ''})).toEqual([])
})
