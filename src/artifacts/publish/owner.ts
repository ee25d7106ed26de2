import {createHash, randomBytes} from 'node:crypto'
import {lstatSync, readFileSync, readlinkSync, type Stats} from 'node:fs'
import {hostname} from 'node:os'
import {ownerPattern} from '../../base/private-names.ts'

/** Long enough for any run: what another machine left behind is not touched before. */
const abandonedMs = 24 * 60 * 60 * 1000

/** A name nobody else has, that tells which process on which machine made it: `MACHINE-PID-RANDOM`. */
export function ownedName(): string {
  return `${machine()}-${process.pid}-${randomBytes(4).toString('hex')}`
}

/** The process that made a private folder or a lock, as its name tells. */
export interface Owner {
  readonly pid: number
  /** Its number means something here: the same start of the same system, the same container. */
  readonly isHere: boolean
}

export function ownerOf(name: string): Owner | undefined {
  const found = new RegExp(ownerPattern).exec(name)?.[0]
  if (found === undefined) return undefined
  const [made, pid] = found.split('-')
  return {pid: Number(pid), isHere: made === machine()}
}

/** True if the process that made this file or folder is certainly gone. */
export function isAbandoned(name: string, path: string): boolean {
  if (!ownerOf(name)) return false
  if (hasDied(name)) return true
  const found = lstatSync(path, {throwIfNoEntry: false})
  return found !== undefined && Date.now() - found.mtimeMs > abandonedMs
}

/** True if its owner was a process of this machine that has ended. */
export function hasDied(name: string): boolean {
  const owner = ownerOf(name)
  return owner !== undefined && owner.isHere && isGone(owner.pid)
}

/** True for what belongs to the user that runs this. Where a system has no users, everything does. */
export function isOurs({uid}: Pick<Stats, 'uid'>): boolean {
  const us = process.getuid?.()
  return us === undefined || uid === us
}

/** True for a folder or file of ours that nobody else may read or write. */
export function isOursAlone(found: Pick<Stats, 'uid' | 'mode'>): boolean {
  return isOurs(found) && (process.getuid === undefined || (found.mode & 0o077) === 0)
}

function isGone(pid: number): boolean {
  if (pid === process.pid) return false
  try {
    process.kill(pid, 0)
    return false
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH'
  }
}

let known: string | undefined

/** Process ids mean something only within one start of one system, and within one container of it. */
function machine(): string {
  known ??= createHash('sha256')
    .update(
      `${hostname()} ${attempt(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8'))} ${attempt(() => readlinkSync('/proc/self/ns/pid'))}`,
    )
    .digest('hex')
    .slice(0, 8)
  return known
}

function attempt(read: () => string): string {
  try {
    return read().trim()
  } catch {
    return ''
  }
}
