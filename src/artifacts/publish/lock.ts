import {linkSync, readFileSync, renameSync, rmSync, writeFileSync} from 'node:fs'
import type {Clock} from '../../base/clock.ts'
import {ActionError} from '../../base/errors.ts'
import {clean} from '../../base/clean.ts'
import {diskFailure} from './disk.ts'
import {isAbandoned, ownedName} from './owner.ts'

export interface LockOptions {
  readonly clock: Clock
  readonly signal: AbortSignal
  /** How long to wait for another run. */
  readonly patienceMs?: number
}

/**
 * Runs `work` while no other run of ours is between its own lock and unlock at this path. A lock whose process has died is taken over.
 * Throws cannotWrite if another holds it too long.
 */
export async function withLock<T>(path: string, options: LockOptions, work: () => T | Promise<T>): Promise<T> {
  const {clock, signal, patienceMs = 120_000} = options
  const name = ownedName()
  const started = clock.now()
  while (!tryLock(path, name)) {
    if (takeOver(path)) continue
    if (clock.now() - started > patienceMs) {
      throw new ActionError(
        'cannotWrite',
        `Another run has been writing there for too long: ${clean(path)} is locked.`,
        {
          hint: 'If no other run is alive, delete that file.',
        },
      )
    }
    await clock.sleep(50 + clock.random() * 100, signal)
  }
  try {
    return await work()
  } finally {
    rmSync(path, {force: true})
  }
}

/** The lock appears with its content at once: a reader never sees an empty one. */
function tryLock(path: string, name: string): boolean {
  const own = `${path}.${name}`
  try {
    writeFileSync(own, name, {flag: 'wx'})
    linkSync(own, path)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw diskFailure(error, path)
  } finally {
    rmSync(own, {force: true})
  }
}

/** True if the lock may be tried again at once. Only one of several can rename a file away, so only one removes a dead lock. */
function takeOver(path: string): boolean {
  const holder = readOwner(path)
  if (holder === undefined) return true
  if (!isAbandoned(holder, path)) return false
  const away = `${path}.${ownedName()}`
  try {
    renameSync(path, away)
    // Between our look and the rename another may have put a living lock there: give it back.
    if (readOwner(away) !== holder) linkSync(away, path)
    rmSync(away, {force: true})
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw diskFailure(error, path)
  }
  return true
}

function readOwner(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw diskFailure(error, path)
  }
}
