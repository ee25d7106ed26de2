import {linkSync, lstatSync, readFileSync, renameSync, rmSync, writeFileSync, type Stats} from 'node:fs'
import type {Clock} from '../../base/clock.ts'
import {ActionError} from '../../base/errors.ts'
import {clean} from '../../base/clean.ts'
import {diskFailure} from './disk.ts'
import {isAbandoned, isOurs, ownedName, ownerOf} from './owner.ts'

export interface LockOptions {
  readonly clock: Clock
  readonly signal: AbortSignal
  /** How long to wait for another run. */
  readonly patienceMs?: number
  readonly warn?: ((text: string) => void) | undefined
}

/** A lock is held for the moment in which a finished tree is moved. Another user's is no run that ours would meet by design. */
const patienceWithOthersMs = 3_000

/**
 * Runs `work` while no other run of ours is between its own lock and unlock at this path. A lock whose process has died is taken over.
 * Says at once whose lock it waits for. Throws cannotWrite if another holds it too long.
 */
export async function withLock<T>(path: string, options: LockOptions, work: () => T | Promise<T>): Promise<T> {
  const {clock, signal, warn} = options
  const name = ownedName()
  const started = clock.now()
  let seen: Holder | undefined
  while (!tryLock(path, name)) {
    const holder = holderOf(path)
    if (holder === undefined || takeOver(path, holder)) continue
    const patienceMs = Math.min(options.patienceMs ?? 120_000, holder.isOurs ? Infinity : patienceWithOthersMs)
    if (clock.now() - started > patienceMs) {
      throw new ActionError('cannotWrite', `${clean(path)} is locked by ${holder.about}, for too long.`, {
        hint: 'If no other run is alive, delete that file.',
      })
    }
    // Our own runs of this machine follow each other in a moment; of all others nobody knows whether they live.
    if (seen?.text !== holder.text && (!holder.isHere || clock.now() - started > 1_000)) {
      warn?.(
        `${clean(path)} is locked by ${holder.about}: waiting at most ${Math.ceil(patienceMs / 1000)} s. If that run is gone, delete the file.`,
      )
      seen = holder
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

interface Holder {
  /** What the lock says. */
  readonly text: string
  readonly isOurs: boolean
  readonly isHere: boolean
  /** For messages. */
  readonly about: string
}

/** Undefined if the lock is gone. What is no file is never opened: it could be a pipe that nobody writes to. */
function holderOf(path: string): Holder | undefined {
  const found = lstatSync(path, {throwIfNoEntry: false})
  if (!found) return undefined
  const text = readLock(path, found)
  if (text === undefined) return undefined
  const owner = ownerOf(text)
  const own = isOurs(found)
  const process = owner
    ? `process ${owner.pid} ${owner.isHere ? 'of this machine' : 'of another machine or container'}`
    : 'something that is no run of ours'
  return {
    text,
    isOurs: own,
    isHere: own && owner?.isHere === true,
    about: own ? process : `another user (${found.uid})`,
  }
}

function readLock(path: string, found: Stats): string | undefined {
  if (!found.isFile() || found.size > 1_000) return ''
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    const {code} = error as NodeJS.ErrnoException
    if (code === 'ENOENT') return undefined
    if (code === 'EACCES' || code === 'EPERM') return ''
    throw diskFailure(error, path)
  }
}

/** True if the lock may be tried again at once. Only one of several can rename a file away, so only one removes a dead lock. */
function takeOver(path: string, holder: Holder): boolean {
  if (!holder.isOurs || !isAbandoned(holder.text, path)) return false
  const away = `${path}.${ownedName()}`
  try {
    renameSync(path, away)
    // Between our look and the rename another may have put a living lock there: give it back.
    if (holderOf(away)?.text !== holder.text) linkSync(away, path)
    rmSync(away, {force: true})
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw diskFailure(error, path)
  }
  return true
}
