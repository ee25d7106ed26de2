import {Validator, type Schema} from '@cfworker/json-schema'
import {describe, expect, test} from '@jest/globals'
import {Invalid} from '../../../src/command/fields.ts'
import {parseSource, readSources, sourcesSchema} from '../../../src/command/sources.ts'

describe('--source', () => {
  test.each([
    ['grp/lib@main:build', {project: 'grp/lib', refs: ['main'], job: 'build', into: undefined}],
    ['7@feature/x@2:build=a/b', {project: '7', refs: ['feature/x@2'], job: 'build', into: 'a/b'}],
    ['@v1.0:deploy: eu/west=./out/', {project: undefined, refs: ['v1.0'], job: 'deploy: eu/west', into: 'out'}],
    ['g/p@main:test: [linux, 20]=t', {job: 'test: [linux, 20]', into: 't'}],
    ['g/p@main:"a=b"', {job: 'a=b', into: undefined}],
    ['g/p@main:"say \\"hi\\" \\\\"="x=y"', {job: 'say "hi" \\', into: 'x=y'}],
    ['g/p@main:"a=b"=c=d', {job: 'a=b', into: 'c=d'}],
    ['g/p@main:build=.', {job: 'build', into: undefined}],
  ])('%s', (text, wanted) => {
    expect(parseSource(text)).toMatchObject(wanted)
  })

  test.each([
    '',
    'build',
    'g/p@main',
    'g/p:build',
    'g/p@:build',
    'g/p@main:',
    'g/p@main:=x',
    'g/p@main:build=',
    'g/p@main:a=b=c',
    'g/p@main:"a"b',
    'g/p@main:"a',
    'g/p@main:build=../x',
    'g/p@main:build=/x',
    'g/p@main:build=a//b',
    'g/p@main:build="x"y',
  ])('%j is refused', (text) => {
    // An open quote is a job whose name begins with one: only what would be read in two ways is refused.
    if (text === 'g/p@main:"a') expect(parseSource(text)).toMatchObject({job: '"a'})
    else expect(() => parseSource(text)).toThrow(Invalid)
  })
})

const good = {job: 'build', ref: 'main'}
test.each<[string, unknown, boolean]>([
  ['one source', {sources: [good]}, true],
  [
    'all keys',
    {sources: [{...good, project: 7, files: ['a'], strip: 1, into: 'x', strategy: 'latest-job', optional: true}]},
    true,
  ],
  ['refs', {sources: [{job: 'build', refs: ['a', 'b']}]}, true],
  ['nothing', null, false],
  ['no sources', {sources: []}, false],
  ['no list', {sources: good}, false],
  ['another key beside', {sources: [good], more: 1}, false],
  ['another key inside', {sources: [{...good, branch: 'x'}]}, false],
  ['a source that is no map', {sources: ['g/p@main:build']}, false],
  ['no job', {sources: [{ref: 'main'}]}, false],
  ['an empty job', {sources: [{job: '', ref: 'main'}]}, false],
  ['no ref', {sources: [{job: 'build'}]}, false],
  ['ref and refs', {sources: [{...good, refs: ['a']}]}, false],
  ['no refs', {sources: [{job: 'build', refs: []}]}, false],
  ['a project of the wrong kind', {sources: [{...good, project: true}]}, false],
  ['a project below one', {sources: [{...good, project: 0}]}, false],
  ['files as text', {sources: [{...good, files: 'a'}]}, false],
  ['a negative strip', {sources: [{...good, strip: -1}]}, false],
  ['too large a strip', {sources: [{...good, strip: 65}]}, false],
  ['an unknown strategy', {sources: [{...good, strategy: 'newest'}]}, false],
  ['optional as text', {sources: [{...good, optional: 'yes'}]}, false],
])('a file of sources with %s: the schema and the command agree', (_, value, isGood) => {
  expect({
    schema: new Validator(sourcesSchema as unknown as Schema, '2020-12').validate(value).valid,
    command: readSources(value).problems.length === 0,
  }).toEqual({schema: isGood, command: isGood})
})
