import {spawnSync} from 'node:child_process'
import {existsSync, mkdirSync, readFileSync, rmSync} from 'node:fs'

/** One run of a command, with all processes it started. */
export interface Measured {
  readonly seconds: number
  /** User and system together; undefined where GNU time is missing. */
  readonly cpuSeconds: number | undefined
  /** Of the largest of its processes, in MB. */
  readonly peakMb: number | undefined
  /** The last line it printed. */
  readonly told: string
}

const gnuTime = '/usr/bin/time'

/** Runs a shell command in an emptied folder. Throws if it fails. */
export function measure(command: string, folder: string, env: Readonly<Record<string, string>> = {}): Measured {
  rmSync(folder, {recursive: true, force: true})
  mkdirSync(folder, {recursive: true})
  const times = `${folder}.time`
  const [program, args] = existsSync(gnuTime)
    ? [gnuTime, ['-o', times, '-f', '%U %S %M', 'sh', '-c', command]]
    : ['sh', ['-c', command]]
  const began = performance.now()
  const {status, stdout, stderr} = spawnSync(program, args, {
    cwd: folder,
    encoding: 'utf8',
    env: {PATH: process.env['PATH'], HOME: folder, ...env},
  })
  const seconds = (performance.now() - began) / 1000
  if (status !== 0) throw new Error(`${command}\n${stdout}${stderr}`)
  const told = stdout.trim().split('\n').at(-1) ?? ''
  if (program !== gnuTime) return {seconds, cpuSeconds: undefined, peakMb: undefined, told}
  const [user = 0, system = 0, peak = 0] = readFileSync(times, 'utf8').trim().split(' ').map(Number)
  rmSync(times)
  return {seconds, cpuSeconds: user + system, peakMb: peak / 1024, told}
}

/** The one in the middle; the lower of two. */
export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor((values.length - 1) / 2)] ?? Number.NaN
}

export function has(command: string): boolean {
  return spawnSync('sh', ['-c', `command -v ${command}`]).status === 0
}
