import {readFileSync, readdirSync} from 'node:fs'
import path from 'node:path'
import {describe, expect, test} from '@jest/globals'
import {dist} from '../support/bundles.ts'
import {offences} from './bundle-limits.ts'

const codeOf = (file: string): string => readFileSync(path.join(dist, file), 'utf8')
const commands = readdirSync(dist).filter((file) => file.endsWith('.mjs') && file !== 'sandbox.mjs')

describe('a command’s bundle', () => {
  test('starts no process, evaluates no text, opens no listener and loads nothing at run time', () => {
    expect(commands).toHaveLength(20)
    expect(commands.flatMap((file) => offences(codeOf(file)).map((one) => `${file} ${one}`))).toEqual([])
  })

  test('requires nothing but what the pattern for it sees', () => {
    for (const file of commands)
      expect(codeOf(file).match(/\(import\.meta\.url\)\("node:/g)?.length).toBeGreaterThan(10)
  })

  test('is searched by words that find what the sandbox does', () => {
    const found = offences(codeOf('sandbox.mjs')).join('\n')
    expect(found).toMatch(/starts a process/)
    expect(found).toMatch(/listens/)
  })
})

describe('the search', () => {
  test.each([
    ['starts a process', 'a=r("node:child_process")'],
    ['starts a process', `a=r('child_' + 'process')`],
    ['starts a process', String.raw`a=r("\x63hild_process")`],
    ['starts a process', String.raw`a=r("child\u005fprocess")`],
    ['starts a process', 'a=r("cluster")'],
    ['starts a process', 'process.execve("/bin/sh")'],
    ['evaluates text', 'eval(a)'],
    ['evaluates text', '(0,eval)(a)'],
    ['evaluates text', 'globalThis["ev"+"al"](a)'],
    ['evaluates text', 'new Function(a)'],
    ['evaluates text', 'Function (a,b)()'],
    ['evaluates text', 'globalThis["Function"](a)'],
    ['evaluates text', '(()=>{}).constructor("return 1")()'],
    ['evaluates text', 'r("vm").runInThisContext(a)'],
    ['evaluates text', 'new Worker(a,{eval:true})'],
    ['evaluates text', 'r("inspector/promises")'],
    ['listens', 'n.createServer(a)'],
    ['listens', '(0,n.createServer)(a)'],
    ['listens', 'h.createSecureServer(a)'],
    ['listens', 'new n.Server(a)'],
    ['listens', 'a.listen(80)'],
    ['listens', 'a["listen"](80)'],
    ['listens', 'r("node:dgram").createSocket("udp4")'],
    ['loads code', 'await import(a)'],
    ['loads code', 'await import ("x")'],
    ['loads code', 'await import/* webpackIgnore: true */(a)'],
    ['loads code', 'process.binding("spawn_sync")'],
    ['loads code', 'process.dlopen(a,b)'],
    ['loads code', 'process["dl"+"open"](a,b)'],
    ['loads code', `process.getBuiltinModule(a)`],
    ['loads code', 'M._load(a)'],
    ['loads code', 'process.mainModule.require(a)'],
    ['requires left-pad', 'e(import.meta.url)("left-pad")'],
    ['requires left-pad', 'import a from"left-pad";'],
    ['requires left-pad', 'process.getBuiltinModule("left-pad")'],
    ['starts a process', 'process.getBuiltinModule("node:child_process")'],
    ['keeps a require', 'import{createRequire as A}from"module";const r=A(import.meta.url);r(name)'],
    ['keeps a require', 'import{createRequire as A}from"module";A(import.meta.url)(name)'],
  ])('finds what %s: %s', (deed, code) => {
    expect(offences(code).join('\n')).toContain(deed)
  })

  test.each([
    'const evaluate=1;x.Functions;typeof Function==="function"',
    'process.getBuiltinModule(\'v8\').setFlagsFromString("--x")',
    'process.getBuiltinModule("node:zlib")',
    'class A{constructor(){}}',
    'e(import.meta.url)("node:http2")',
    'import{createRequire as A}from"module";A(import.meta.url)("node:fs")',
    'new c.Worker(e,{workerData:t})',
  ])('is quiet about %s', (code) => {
    expect(offences(code)).toEqual([])
  })
})
