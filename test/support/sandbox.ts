import {afterEach} from '@jest/globals'
import {createSandbox, type Sandbox, type SandboxOptions} from '../../src/sandbox/cli/sandbox.ts'
import {checkWorld, loadWorld, parseWorld} from '../../src/sandbox/world/world-file.ts'
import type {WorldFile} from '../../src/sandbox/world/world-types.ts'

/**
 * Starts a sandbox inside the test's process, on a free port. The world is an object, YAML text, or the name of a
 * built-in world. Unlike on the command line the clock is manual, so nothing moves until the test says so, and the
 * list of jobs has no rate limit.
 */
export async function startSandbox(world: WorldFile | string, options: SandboxOptions = {}): Promise<Sandbox> {
  return createSandbox(worldOf(world), {clock: 'manual', rateLimit: 0, ...options})
}

/** The same, for the tests of a file: what a test has started is closed after it. */
export function sandboxPerTest(): typeof startSandbox {
  const open: Sandbox[] = []
  afterEach(async () => {
    await Promise.all(open.splice(0).map((sandbox) => sandbox.close()))
  })
  return async (...args) => {
    const sandbox = await startSandbox(...args)
    open.push(sandbox)
    return sandbox
  }
}

function worldOf(world: WorldFile | string): WorldFile {
  if (typeof world !== 'string') return checkWorld(world)
  return world.includes('\n') ? parseWorld(world) : loadWorld(world).world
}
