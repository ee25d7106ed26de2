import {Writable} from 'node:stream'
import {describe, expect, test} from '@jest/globals'
import {createOutlet, writePage} from '../../../src/hosts/outlet.ts'
import type {Stream} from '../../../src/hosts/host.ts'
import {createRedactor} from '../../../src/hosts/redact.ts'
import {memoryStream} from '../../support/memory-stream.ts'

function outletOn(stdout: Stream) {
  const stderr = memoryStream()
  const surroundings = {argv: [], env: {}, cwd: '/', stdout, stderr: stderr.stream}
  return {outlet: createOutlet(surroundings, createRedactor()), stderr}
}

const failing = (code: string): Writable =>
  new Writable({write: (_chunk, _encoding, done) => done(Object.assign(new Error(`write ${code}`), {code}))})
const settled = () => new Promise((resolve) => setImmediate(resolve))

describe('standard output', () => {
  test('that nobody reads any more ends printing quietly, and the narrative goes on unseen', async () => {
    const {outlet} = outletOn(failing('EPIPE'))
    outlet.narrate('lost')
    await settled()
    outlet.narrate('lost too')
    await expect(outlet.print('data')).rejects.toMatchObject({name: 'StdoutClosed'})
  })

  test('that is full ends in exit code 73', async () => {
    const {outlet} = outletOn(failing('ENOSPC'))
    await expect(outlet.print('last')).rejects.toMatchObject({exitCode: 73})
  })

  test('is written no faster than it is read', async () => {
    const waiting: (() => void)[] = []
    const slow = new Writable({highWaterMark: 4, write: (_chunk, _encoding, done) => void waiting.push(done)})
    const {outlet} = outletOn(slow)
    let printed = false
    const printing = outlet.print(Buffer.alloc(100)).then(() => (printed = true))
    await settled()
    expect(printed).toBe(false)
    waiting.shift()?.()
    await printing
    expect(printed).toBe(true)
  })

  test('that nobody reads any more ends a page quietly', async () => {
    writePage(failing('EPIPE'), 'page')
    await settled()
  })

  test('gets bytes as they are', async () => {
    const stdout = memoryStream()
    await outletOn(stdout.stream).outlet.print(new Uint8Array([0xc3, 0xa4]))
    expect(stdout.text()).toBe('ä')
  })
})
