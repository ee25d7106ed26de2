import {describe, expect, test} from '@jest/globals'
import {importsOf, sourcesIn, withoutComments} from './read-imports.ts'
import {owners, violations} from './rules.ts'

const house = sourcesIn('src', 'actions')

describe('the house', () => {
  test('imports only what its rules allow', () => {
    expect(house.flatMap((source) => violations(source, importsOf(source)))).toEqual([])
  })

  test('imports each package in one file', () => {
    const importers = new Map<string, Set<string>>()
    for (const source of house) {
      for (const {kind, target} of importsOf(source)) {
        if (kind === 'package') importers.set(target, (importers.get(target) ?? new Set()).add(source.file))
      }
    }
    expect([...importers].filter(([, files]) => files.size > 1).map(([name, files]) => [name, ...files])).toEqual([])
  })

  test('touches the process only at its edges', () => {
    const edges = /^src\/(?:main|jobside)\.ts$|^src\/hosts\/|^src\/sandbox\/(?:main|demo)\.ts$/
    const edge = /\bprocess\.(?:env|argv|stdin|stdout|stderr|exit|exitCode|on|once)\b|\bconsole\.|from 'node:process'/
    const touching = house.filter(({file, text}) => !edges.test(file) && edge.test(withoutComments(text)))
    expect(touching.map(({file}) => file)).toEqual([])
  })

  test('has no circle of imports', () => {
    const graph = new Map(
      house.map(
        (source) =>
          [source.file, importsOf(source).filter(({kind, typeOnly}) => kind === 'file' && !typeOnly)] as const,
      ),
    )
    const done = new Set<string>()
    const circles: string[] = []
    const visit = (file: string, path: readonly string[]): void => {
      if (path.includes(file)) circles.push([...path.slice(path.indexOf(file)), file].join(' > '))
      if (done.has(file) || path.includes(file)) return
      for (const {target} of graph.get(file) ?? []) visit(target, [...path, file])
      done.add(file)
    }
    for (const file of graph.keys()) visit(file, [])
    expect(circles).toEqual([])
  })

  test('has no default exports and no vague names', () => {
    const wrong = house.filter(
      ({file, text}) =>
        /^export default\b|export \{[^}]*\bas default\b/m.test(withoutComments(text)) ||
        /(?:^|[/-])(?:utils?|helpers?|common|core|misc)(?:[/.-]|$)/.test(file),
    )
    expect(wrong.map(({file}) => file)).toEqual([])
  })

  test('has files of at most 250 lines', () => {
    const long = house
      .filter(({text}) => text.split('\n').length > 251)
      .map(({file, text}) => `${file}: ${text.split('\n').length - 1} lines`)
    expect(long).toEqual([])
  })
})

describe('the tests', () => {
  test('mock no modules, skip nothing and focus nothing', () => {
    const banned = new RegExp(
      [
        String.raw`\bjest\.(?:mock|unstable_mockModule|doMock|spyOn)\b`,
        String.raw`\b(?:test|it|describe)\.(?:skip|only|todo)\b`,
        String.raw`\bx(?:it|test|describe)\(`,
      ].join('|'),
    )
    const wrong = sourcesIn('test').filter(({text}) => banned.test(withoutComments(text)))
    expect(wrong.map(({file}) => file)).toEqual([])
  })
})

describe('the rules catch', () => {
  test.each([
    ['actions/a/action.ts', "import {github} from '../../src/hosts/github.ts'"],
    ['actions/a/action.ts', "import type {Host} from '../../src/hosts/host.ts'"],
    ['actions/a/action.ts', "import {Agent} from 'undici'"],
    ['actions/a/action.ts', "import {setOutput} from '@actions/core'"],
    ['actions/a/action.ts', "import {createWorld} from '../../src/sandbox/world/world.ts'"],
    ['actions/a/action.ts', "import {\n  one,\n  two,\n} from '../b/action.ts'"],
    ['actions/a/action.ts', "import {createTransport} from '../../src/gitlab/http/transport.ts'"],
    ['actions/a/main.ts', "import {run} from '../../src/cli/run.ts'"],
    ['src/hosts/github.ts', "import type {Job} from '../gitlab/types.ts'"],
    ['src/hosts/terminal.ts', "import * as core from '@actions/core'"],
    ['src/gitlab/client.ts', "import {Agent} from 'undici'"],
    ['src/gitlab/client.ts', "import {repack} from '../artifacts/repack.ts'"],
    ['src/artifacts/extract.ts', "export {Agent} from 'undici'"],
    ['src/artifacts/extract.ts', "import {createClient} from '../gitlab/client.ts'"],
    ['src/artifacts/extract.ts', "import unzipper from 'unzipper'"],
    ['src/waiting/poll.ts', "import {createClient} from '../gitlab/client.ts'"],
    ['src/waiting/until.ts', "import pWaitFor from 'p-wait-for'"],
    ['src/sandbox/routes.ts', "import {jobPath} from '../gitlab/endpoints.ts'"],
    ['src/sandbox/routes.ts', "import '../gitlab/access.ts'"],
    ['src/fields.ts', "import {main} from './main.ts'"],
    ['src/errors.ts', "const late = await import('./late.ts')"],
    ['src/new-folder/file.ts', ''],
  ])('%s: %s', (file, text) => {
    const source = {file, text}
    expect(violations(source, importsOf(source))).toHaveLength(1)
  })

  test.each([
    [
      'actions/a/action.ts',
      "import {defineAction} from '../../src/command/action.ts'\nimport type {GitLab} from '../../src/gitlab/http/client.ts'",
    ],
    ['src/gitlab/transport.ts', "import {Agent} from 'undici'"],
    ['src/sandbox/routes.ts', "import type {Job} from '../gitlab/types.ts'"],
    [
      'src/errors.ts',
      "// import {main} from './main.ts'\n/*\nimport x from 'undici'\n*/\nconst text = `\nimport x from 'undici'\n`",
    ],
  ])('nothing in %s: %s', (file, text) => {
    const source = {file, text}
    expect(violations(source, importsOf(source))).toEqual([])
  })

  test('each package by the file that owns it', () => {
    expect(Object.values(owners).every((owner) => /^src\/[a-z]+\/[a-z-]+\.ts$/.test(owner))).toBe(true)
  })
})
