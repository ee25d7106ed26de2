import {describe, expect, test} from '@jest/globals'
import {readdirSync} from 'node:fs'
import path from 'node:path'
import {importsOf, sourcesIn, withoutComments} from './read-imports.ts'
import {floors, violations} from './rules.ts'

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
    const edges = /^src\/(?:cli|hosts)\/|^actions\/jobside\/main\.ts$|^src\/sandbox\/cli\//
    const edge = /\bprocess\.(?:env|argv|stdin|stdout|stderr|exit|exitCode|on|once)\b|\bconsole\.|from 'node:process'/
    const touching = house.filter(({file, text}) => !edges.test(file) && edge.test(withoutComments(text)))
    expect(touching.map(({file}) => file)).toEqual([])
  })

  test('has no circle of imports, of types neither', () => {
    const graph = new Map(
      house.map((source) => [source.file, importsOf(source).filter(({kind}) => kind === 'file')] as const),
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

describe('the rule catches', () => {
  test.each([
    ['actions/a/action.ts', "import {github} from '../../src/hosts/github.ts'"],
    ['actions/a/action.ts', "import type {Host} from '../../src/hosts/host.ts'"],
    ['actions/a/action.ts', "import {Agent} from 'undici'"],
    ['actions/a/action.ts', "import {setOutput} from '@actions/core'"],
    ['actions/a/action.ts', "import {createWorld} from '../../src/sandbox/world/world.ts'"],
    ['actions/a/action.ts', "import {\n  one,\n  two,\n} from '../b/action.ts'"],
    ['actions/a/action.ts', "import {createTransport} from '../../src/gitlab/http/transport.ts'"],
    ['actions/a/main.ts', "import {run} from '../../src/cli/run.ts'"],
    ['src/cli/run.ts', "import {pull} from '../steps/pull.ts'"],
    ['src/cli/run.ts', "import {action} from '../../actions/a/action.ts'"],
    ['src/hosts/github.ts', "import type {Job} from '../gitlab/api/types.ts'"],
    ['src/hosts/terminal.ts', "import * as core from '@actions/core'"],
    ['src/steps/pull.ts', "import {createClient} from '../gitlab/http/client.ts'"],
    ['src/command/fields.ts', "import {main} from '../cli/main.ts'"],
    ['src/command/fields.ts', "import {fetch} from '../artifacts/fetch.ts'"],
    ['src/gitlab/http/client.ts', "import {Agent} from 'undici'"],
    ['src/gitlab/http/client.ts', "import {repack} from '../../artifacts/pack/repack.ts'"],
    ['src/gitlab/http/client.ts', "import type {Found} from '../jobs/select.ts'"],
    ['src/gitlab/api/access.ts', "import {createClient} from '../http/client.ts'"],
    ['src/artifacts/unpack/plan.ts', "export {Agent} from 'undici'"],
    ['src/artifacts/unpack/plan.ts', "import {probe} from '../remote/remote-archive.ts'"],
    ['src/artifacts/zip/directory.ts', "import type {Lock} from '../publish/lock.ts'"],
    ['src/artifacts/fetch.ts', "import {createClient} from '../gitlab/http/client.ts'"],
    ['src/artifacts/fetch.ts', "import {decide} from '../waiting/decide.ts'"],
    ['src/artifacts/fetch.ts', "import unzipper from 'unzipper'"],
    ['src/waiting/poll.ts', "import {createClient} from '../gitlab/http/client.ts'"],
    ['src/waiting/until.ts', "import pWaitFor from 'p-wait-for'"],
    ['src/sandbox/routes/writes.ts', "import {jobPath} from '../../gitlab/api/endpoints.ts'"],
    ['src/sandbox/http/server.ts', "import {answerApi} from '../routes/api.ts'"],
    ['src/sandbox/world/world.ts', "import type {Answer} from '../http/answers.ts'"],
    ['src/base/errors.ts', "const late = await import('./late.ts')"],
    ['src/base/errors.ts', "import type {Job} from '../gitlab/api/types.ts'"],
    ['src/new-folder/file.ts', ''],
    ['src/loose.ts', ''],
  ])('%s: %s', (file, text) => {
    const source = {file, text}
    expect(violations(source, importsOf(source))).toHaveLength(1)
  })

  test.each([
    [
      'actions/a/action.ts',
      "import {defineAction} from '../../src/command/action.ts'\nimport type {GitLab} from '../../src/gitlab/http/client.ts'",
    ],
    ['src/gitlab/http/transport.ts', "import {Agent} from 'undici'"],
    ['src/sandbox/routes/writes.ts', "import type {Job} from '../../gitlab/api/types.ts'"],
    [
      'src/base/errors.ts',
      "// import {main} from '../cli/main.ts'\n/*\nimport x from 'undici'\n*/\nconst text = `\nimport x from 'undici'\n`",
    ],
  ])('nothing in %s: %s', (file, text) => {
    const source = {file, text}
    expect(violations(source, importsOf(source))).toEqual([])
  })

  test('each import of the house that is turned round', () => {
    const turned = house.flatMap((source) =>
      importsOf(source)
        .filter(({kind, target}) => kind === 'file' && floor(target) !== floor(source.file))
        .map((found) => violations({file: found.target, text: ''}, [{...found, target: source.file, typeOnly: false}])),
    )
    expect(turned.length).toBeGreaterThan(100)
    expect(turned.filter((found) => found.length === 0)).toEqual([])
  })
})

test('src holds the folders of the rule and no loose file', () => {
  const names = readdirSync(path.resolve(import.meta.dirname, '..', '..', 'src'))
  expect(names.map((name) => `src/${name}`).sort()).toEqual(
    floors
      .flat()
      .filter((name) => name !== 'actions')
      .sort(),
  )
})

function floor(file: string): string | undefined {
  return floors.flat().find((folder) => file.startsWith(`${folder}/`))
}
