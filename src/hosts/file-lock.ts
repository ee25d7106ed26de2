import {randomBytes} from 'node:crypto'
import {link, open, readFile, rename, rm, stat} from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import {setTimeout as pause} from 'node:timers/promises'

/** What holds a lock has milliseconds of work. Older than this, its holder is gone. */
const longestHeldMs = 30_000
const patienceMs = 60_000

/** Runs the work while no other command holds the lock of this file. Throws the system's errors, or ETIMEDOUT. */
export async function withLock<T>(file: string, work: () => Promise<T>): Promise<T> {
  const lock = path.join(path.dirname(file), `.${path.basename(file)}.lock`)
  const mine = `${process.pid}@${os.hostname()} ${randomBytes(8).toString('hex')}\n`
  await acquire(lock, mine)
  try {
    return await work()
  } finally {
    // Held for too long, it may be another's by now.
    if ((await readFile(lock, 'utf8').catch(() => '')) === mine) await rm(lock, {force: true}).catch(() => undefined)
  }
}

async function acquire(lock: string, mine: string): Promise<void> {
  for (let waitedMs = 0; waitedMs < patienceMs;) {
    if (await take(lock, mine)) return
    const abandoned = await abandonedBy(lock)
    if (abandoned !== undefined) await takeAway(lock, abandoned)
    else {
      const ms = 5 + Math.random() * 20
      waitedMs += ms
      await pause(ms)
    }
  }
  throw Object.assign(new Error(`${lock} is held by another command`), {code: 'ETIMEDOUT'})
}

/** False if it is there already. A lock that a full disk has no room to fill is taken away again: nobody could tell whose it is. */
async function take(lock: string, mine: string): Promise<boolean> {
  const handle = await open(lock, 'wx').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'EEXIST') return undefined
    throw error
  })
  if (handle === undefined) return false
  try {
    await handle.writeFile(mine)
    return true
  } catch (error) {
    await rm(lock, {force: true}).catch(() => undefined)
    throw error
  } finally {
    await handle.close()
  }
}

/** What a lock says whose holder is no more; undefined while it may be at work. */
async function abandonedBy(lock: string): Promise<string | undefined> {
  try {
    const [text, {mtimeMs}] = [await readFile(lock, 'utf8'), await stat(lock)]
    const [, pid, host] = /^(\d+)@(\S*) /.exec(text) ?? []
    if (pid !== undefined && host === os.hostname() && !isAlive(Number(pid))) return text
    return Date.now() - mtimeMs > longestHeldMs ? text : undefined
  } catch {
    return undefined
  }
}

/** Renamed first: of several that find it abandoned only one gets it, and what turns out to be a new one is put back. */
async function takeAway(lock: string, text: string): Promise<void> {
  const aside = `${lock}.${randomBytes(6).toString('hex')}`
  try {
    await rename(lock, aside)
    if ((await readFile(aside, 'utf8')) !== text) await link(aside, lock)
    await rm(aside, {force: true})
  } catch {
    // Somebody else was faster.
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
