import {spawnSync} from 'node:child_process'
import {mkdtempSync, writeFileSync} from 'node:fs'
import {readFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import path from 'node:path'
import {describe, expect, test} from '@jest/globals'
import {withPrologue} from '../../../scripts/prologue.ts'

const folder = mkdtempSync(path.join(tmpdir(), 'jobside-prologue-'))

/** Runs a bundle on this Node, which claims to be another version. */
function runAs(version: string, code: string): {status: number | null; stdout: string; stderr: string} {
  const file = path.join(folder, 'bundle.mjs')
  writeFileSync(file, withPrologue(code))
  const claim = `Object.defineProperty(process, 'versions', {value: {...process.versions, node: '${version}'}})`
  const preload = `data:text/javascript,${encodeURIComponent(claim)}`
  return spawnSync(process.execPath, ['--import', preload, file], {encoding: 'utf8'})
}

describe('a bundle', () => {
  test.each(['18.20.8', '20.9.0', '20.17.0', '20.18.0', '16.0.0'])(
    'on Node %s says which version it needs',
    (version) => {
      const {status, stdout, stderr} = runAs(version, 'console.log("never")')
      expect([status, stdout]).toEqual([64, ''])
      expect(stderr).toBe(
        `jobside needs Node 20.18.1 or newer; this is ${version}. Use an image such as node:24-alpine.\n`,
      )
    },
  )

  test.each(['20.18.1', '20.19.0', '21.0.0', '22.1.0', '26.10.0'])('on Node %s runs', (version) => {
    expect(runAs(version, '#!/usr/bin/env node\nconsole.log(/^\\p{Lu}$/v.test("Ä"))')).toMatchObject({
      status: 0,
      stdout: 'true\n',
      stderr: '',
    })
  })

  test('holds no regular expression literal that an old Node cannot read', () => {
    const code = String.raw`const a=/[^\p{L}\p{N}]/v,b=f(/\p{RGI_Emoji}/v),c=x/y/v;`
    expect(withPrologue(code)).toContain(
      String.raw`const a=new RegExp("[^\\p{L}\\p{N}]","v"),b=f(new RegExp("\\p{RGI_Emoji}","v")),c=x/y/v;`,
    )
  })

  test('asks for the version that package.json names', async () => {
    const {engines} = JSON.parse(
      await readFile(path.resolve(import.meta.dirname, '../../../package.json'), 'utf8'),
    ) as {
      engines: {node: string}
    }
    expect(withPrologue('')).toContain(`Node ${engines.node.replace('>=', '')} or newer`)
  })
})
