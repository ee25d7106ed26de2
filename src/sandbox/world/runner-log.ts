import type {Job} from './model.ts'
import {has} from './versions.ts'
import type {World} from './world.ts'

/**
 * A job's log as GitLab Runner writes it: its own lines, sections and colours around the script's, and since 18.7 before
 * each line a stamp, the stream (00 the runner, 01 the script) and a plus where the line goes on after a carriage return.
 * https://docs.gitlab.com/ci/jobs/job_logs/
 */

const runner = {number: '00', kind: 'O'} as const
const script = {number: '01', kind: 'O'} as const
const clear = '\u001b[0K'

/** What stands in the log before the script says anything. */
export function logHead(world: World, job: Job): string {
  const time = job.startedAt ?? world.clock.now()
  const unix = Math.floor(time / 1000)
  return stamped(world, time, runner, [
    `Running with gitlab-runner ${world.settings.version}.0 (abcdef12)`,
    `  on sandbox runner t1_sandbox, system ID: s_sandbox`,
    `section_start:${unix}:get_sources\r${clear}${clear}\u001b[36;1mGetting source from Git repository\u001b[0;m\u001b[0;m`,
    `Checking out ${job.pipeline.sha.slice(0, 8)} as detached HEAD (ref is ${job.pipeline.ref})...`,
    `section_end:${unix}:get_sources\r${clear}section_start:${unix}:step_script\r${clear}${clear}\u001b[36;1mExecuting "step_script" stage of the job script\u001b[0;m\u001b[0;m`,
  ])
}

/** Lines of the script. */
export function logLines(world: World, text: string): string {
  const lines = text.replace(/\n$/, '').split('\n')
  return stamped(world, world.clock.now(), script, lines)
}

/** How the runner ends it. */
export function logTail(world: World, {status}: Job): string {
  const time = world.clock.now()
  const unix = Math.floor(time / 1000)
  const end =
    status === 'success'
      ? '\u001b[32;1mJob succeeded\u001b[0;m'
      : '\u001b[31;1mERROR: Job failed: exit code 1\u001b[0;m'
  const last = status === 'canceled' ? '\u001b[31;1mERROR: Job failed: canceled\u001b[0;m' : end
  return stamped(world, time, runner, [`section_end:${unix}:step_script\r${clear}${last}`])
}

type Stream = typeof runner | typeof script

function stamped(world: World, time: number, {number, kind}: Stream, lines: readonly string[]): string {
  if (!has(world.settings.version, 'stampedLogs')) return lines.map((line) => `${line}\n`).join('')
  const stamp = new Date(time).toISOString().replace('Z', '000Z')
  return lines
    .flatMap((line) =>
      line.split(/(?<=\r)(?=.)/).map((piece, index) => `${stamp} ${number}${kind}${index === 0 ? ' ' : '+'}${piece}\n`),
    )
    .join('')
}
