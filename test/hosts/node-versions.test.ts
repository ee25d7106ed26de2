import {afterEach, beforeEach, describe, expect} from '@jest/globals'
import {mkdtemp, readdir, rm} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import path from 'node:path'
import {pathToFileURL} from 'node:url'
import type {Sandbox} from '../../src/sandbox/cli/sandbox.ts'
import {dist} from '../support/bundles.ts'
import {nodeProgram, runProgram} from '../support/clients.ts'
import {testUnless} from '../support/optional.ts'
import {runTrialsByFlags} from './by-flags.ts'
import {startTrials} from './trials.ts'

let sandbox: Sandbox
let folder: string

beforeEach(async () => {
  sandbox = await startTrials()
  folder = await mkdtemp(path.join(tmpdir(), 'jobside-node-'))
})

afterEach(async () => {
  await sandbox.close()
  await rm(folder, {recursive: true, force: true})
})

const majors = [20, 22, 24, 26].map((major) => {
  const isOurs = process.version.startsWith(`v${major}.`)
  return {major, ...(isOurs ? {file: process.execPath, missing: undefined} : nodeProgram(major))}
})

describe.each(majors)('on Node $major', ({major, file, missing}) => {
  const check = testUnless(missing)

  check(
    'every command does its work',
    async () => {
      expect((await runProgram(file, ['--version'])).stdout.toString()).toMatch(new RegExp(`^v${major}\\.`))
      await runTrialsByFlags(sandbox, folder, {node: file})
    },
    120_000,
  )

  check('the library can be imported, says nothing and lets the process end', async () => {
    const line = `import(${JSON.stringify(pathToFileURL(path.join(dist, 'library.mjs')).href)})`
    const {code, stdout, stderr} = await runProgram(file, ['--input-type=module', '--eval', `await ${line}`])
    expect([code, stdout.toString(), stderr]).toEqual([0, '', ''])
  })

  check(
    'every bundle tells its version and its help, and says nothing else',
    async () => {
      const bundles = (await readdir(dist)).filter((name) => name.endsWith('.mjs') && name !== 'library.mjs')
      expect(bundles.length).toBeGreaterThan(10)
      const work = bundles.flatMap((name) => ['--version', '--help'].map((flag) => ({name, flag})))
      const next = async (): Promise<void> => {
        for (let one = work.shift(); one !== undefined; one = work.shift()) {
          const {code, stdout, stderr} = await runProgram(file, [path.join(dist, one.name), one.flag])
          expect({...one, code, stderr}).toEqual({...one, code: 0, stderr: ''})
          expect(stdout.length).toBeGreaterThan(0)
        }
      }
      await Promise.all([next(), next()])
    },
    120_000,
  )
})
