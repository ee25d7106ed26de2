import {spawnSync} from 'node:child_process'
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import path from 'node:path'
import {afterAll, beforeAll, describe, expect, test} from '@jest/globals'
import {checkLeftOut, loadedLate, skimmed, withoutLeftOut} from '../../../scripts/lean.ts'

let folder = ''
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'jobside-lean-'))
})
afterAll(() => rmSync(folder, {recursive: true, force: true}))

/** What a bundle prints, as JSON, after the change. */
function outcome(code: string): unknown {
  const file = path.join(folder, 'bundle.mjs')
  writeFileSync(file, loadedLate(code))
  const {stdout, stderr} = spawnSync(process.execPath, [file], {encoding: 'utf8'})
  return stderr === '' ? JSON.parse(stdout) : stderr
}

const maker = 'import{createRequire as A}from"module";'

describe('a module of Node’s in a bundle', () => {
  test('is loaded when a member is first asked for', () => {
    expect(
      outcome(`${maker}const seen=()=>process.moduleLoadList.includes("NativeModule tls");
const t=A(import.meta.url)("node:tls");const before=seen();typeof t.connect;console.log(JSON.stringify([before,seen()]))`),
    ).toEqual([false, true])
  })

  test('shows its members to whoever lists them', () => {
    expect(
      outcome(`${maker}const o=A(import.meta.url)("os");const real=process.getBuiltinModule("os");
console.log(JSON.stringify([Object.keys(o).length===Object.keys(real).length,"EOL"in o,o.__esModule===undefined,{...o}.EOL,o.EOL]))`),
    ).toEqual([true, true, true, '\n', '\n'])
  })

  test('is required at once where it is called itself, or where Node has it anyway', () => {
    const code = `${maker}A(import.meta.url)("node:assert");A(import.meta.url)("fs");`
    expect(loadedLate(code).startsWith(code)).toBe(true)
  })

  test('is given late to who imports it whole', () => {
    expect(
      outcome(
        `${maker}import*as s from"node:stream";class P extends s.PassThrough{}console.log(JSON.stringify(typeof new P().write))`,
      ),
    ).toBe('function')
  })
})

describe('a part of a package that no command reaches', () => {
  test('is an empty object in the bundle', () => {
    expect(withoutLeftOut('import*as t from"left-out";a=e(import.meta.url)("left-out")')).toBe(
      'const t={default:{}};a={}',
    )
  })

  test('is where its package has it, or the build fails', async () => {
    await expect(checkLeftOut(path.resolve(import.meta.dirname, '../../..'))).resolves.toBeUndefined()
    await expect(checkLeftOut(folder)).rejects.toThrow('llhttp_simd-wasm.js')
  })
})

describe('a module of the bundler’s', () => {
  test('is a function, which is not compiled before it is called, and takes what the arrow took', () => {
    expect(skimmed('var t={12:(e,t,n)=>{a=()=>{}},7:e=>{e.exports={x:()=>{}}},9:()=>{}}')).toBe(
      'var t={12:function(e,t,n){a=()=>{}},7:function(e){e.exports={x:()=>{}}},9:function(){}}',
    )
  })

  test('is found, or the build fails', () => {
    expect(() => skimmed('var t={12(e){}}')).toThrow('another way')
  })
})
