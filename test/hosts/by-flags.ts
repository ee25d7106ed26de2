import {expect} from '@jest/globals'
import {mkdtemp, readFile} from 'node:fs/promises'
import path from 'node:path'
import {spell} from '../../src/base/names.ts'
import type {Sandbox} from '../../src/sandbox/cli/sandbox.ts'
import {runBundle} from '../support/bundles.ts'
import type {BundleOptions} from '../support/bundles.ts'
import {trials} from './trials.ts'

/** Runs the trials of all commands as a script line would, two at a time, and holds their JSON outputs against what must come. */
export async function runTrialsByFlags(sandbox: Sandbox, folder: string, options: BundleOptions = {}): Promise<void> {
  const waiting = Object.keys(trials)
  const work = async (): Promise<void> => {
    for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) {
      await runTrial(name, sandbox, await mkdtemp(path.join(folder, `${name}-`)), options)
    }
  }
  await Promise.all([work(), work()])
}

async function runTrial(name: string, sandbox: Sandbox, cwd: string, options: BundleOptions): Promise<void> {
  const {inputs, outputs} = trials[name] ?? {inputs: {}, outputs: {}}
  const flags = Object.entries(inputs).flatMap(([key, value]) => {
    if (value === true) return [`--${key}`]
    return [value].flat().map((one) => `--${key}=${String(one)}`)
  })
  const json = path.join(cwd, 'outputs.json')
  const ended = await runBundle(name, [...flags, '--json', json], {env: sandbox.env, cwd, ...options})
  expect({name, ...ended}).toMatchObject({name, code: 0})
  const expected = Object.fromEntries(Object.entries(outputs).map(([key, value]) => [spell.snake(key), value]))
  expect(JSON.parse(await readFile(json, 'utf8'))).toMatchObject(expected)
}
