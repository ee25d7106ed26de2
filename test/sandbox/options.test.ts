import {describe, expect, test} from '@jest/globals'
import {help} from '../../src/sandbox/cli/help.ts'
import {readOptions, UsageError} from '../../src/sandbox/cli/options.ts'

const defaults = {
  command: 'serve',
  port: 0,
  world: 'main',
  version: undefined,
  storage: 'disk',
  clock: 'real',
  speed: 1,
  faults: [],
  rateLimit: undefined,
  isJson: false,
  isVerbose: false,
}

describe('a command line', () => {
  test.each([
    [[], defaults],
    [['serve'], defaults],
    [['--port', '8080', '--json', '--verbose'], {...defaults, port: 8080, isJson: true, isVerbose: true}],
    [['serve', '--world=w.yml', '--gitlab-version=18.10'], {...defaults, world: 'w.yml', version: '18.10'}],
    [
      ['--storage', 'proxy', '--clock', 'manual', '--speed', '0.5', '--rate-limit', '0'],
      {...defaults, storage: 'proxy', clock: 'manual', speed: 0.5, rateLimit: 0},
    ],
    [
      ['--fault', '{on: GET /job, html: true}', '--fault', '{on: storage, delay: 1s}'],
      {
        ...defaults,
        faults: [
          {on: 'GET /job', html: true},
          {on: 'storage', delay: '1s'},
        ],
      },
    ],
    [['demo'], {command: 'demo', keep: undefined, version: undefined}],
    [['demo', '--keep', 'out'], {command: 'demo', keep: 'out', version: undefined}],
    [['demo', '--gitlab-version', '13.3'], {command: 'demo', keep: undefined, version: '13.3'}],
    [['worlds'], {command: 'worlds', name: undefined}],
    [['worlds', 'main'], {command: 'worlds', name: 'main'}],
    [['check', 'w.yml'], {command: 'check', file: 'w.yml'}],
    [['--help'], {command: 'help'}],
    [['demo', '-h'], {command: 'help'}],
    [['--version'], {command: 'version'}],
  ])('%j is understood', (argv, command) => {
    expect(readOptions(argv)).toEqual(command)
  })

  test.each([
    [['dance'], ['There is no command dance: serve, demo, worlds or check']],
    [['--prot', '1'], ['Unknown option --prot']],
    [['check'], ['check needs a file']],
    [['worlds', 'a', 'b'], ['Unexpected argument b']],
    [['--port'], ['--port needs a value']],
    [['--json=yes'], ['--json takes no value']],
    [
      ['--gitlab-version', '13.2'],
      [
        '--gitlab-version 13.2: not a version from 13.3 on, such as 13.3, 14.10, 15.11, 16.11, 17.8, 17.11, 18.0, 18.7, 18.8, 18.10, 19.2',
      ],
    ],
    [
      ['--port', '99999', '--speed', '0', '--storage', 'ram', '--clock', 'x', '--fault', '{on: a}'],
      [
        '--port 99999: not a whole number from 0 to 65535',
        '--storage ram: not one of disk, redirect, proxy, cdn',
        '--clock x: not one of real, manual',
        '--speed 0: not a number from 0.001 to 100000',
        '--fault a rule does exactly one thing, this one none',
      ],
    ],
  ])('%j is refused with every reason', (argv, problems) => {
    expect.assertions(1)
    try {
      readOptions(argv)
    } catch (error) {
      expect(error instanceof UsageError && error.problems).toEqual(problems)
    }
  })

  test('every option is in the help', () => {
    for (const flag of [
      'port',
      'world',
      'gitlab-version',
      'storage',
      'clock',
      'speed',
      'fault',
      'rate-limit',
      'json',
      'verbose',
      'keep',
    ]) {
      expect(help).toContain(`--${flag}`)
    }
  })
})
