import {randomBytes} from 'node:crypto'
import {colours, noColours} from './colour.ts'
import {plainDialect} from './dialect.ts'
import type {Dialect} from './dialect.ts'
import type {Surroundings} from './host.ts'

/**
 * A line of a job's `script`. The log is no terminal but shows colours; it has sections; and it knows no way to mask a value at
 * run time, so a secret is never mentioned to it.
 */
export function gitlabScript({env}: Pick<Surroundings, 'env'>, date: () => Date): Dialect {
  const paint = env['NO_COLOR'] ? noColours : colours
  const markers = sectionMarkers(date)
  return {
    ...plainDialect('gitlab-script', paint),
    openSection(title) {
      const {name, marker} = markers.open(title)
      return {name, text: `${marker}${paint('bold', title)}\n`}
    },
    closeSection: (name) => markers.close(name),
  }
}

/**
 * Section markers as GitLab documents them (https://docs.gitlab.com/ci/jobs/job_logs/#custom-collapsible-sections). Names are unique
 * within the job, also over several commands in one script: the page merges sections of the same name.
 */
function sectionMarkers(date: () => Date): {
  open(title: string): {readonly name: string; readonly marker: string}
  close(name: string): string
} {
  let run: string | undefined
  let count = 0
  const now = (): number => Math.floor(date().getTime() / 1000)
  return {
    open(title) {
      // Many runs open none, and what makes it random takes time to load.
      run ??= randomBytes(4).toString('hex')
      const name = `${slug(title)}-${run}-${++count}`
      return {name, marker: `\x1b[0Ksection_start:${now()}:${name}\r\x1b[0K`}
    },
    close: (name) => `\x1b[0Ksection_end:${now()}:${name}\r\x1b[0K\n`,
  }
}

function slug(title: string): string {
  const words = title
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, 40)
  return words.replace(/^-+|-+$/g, '') || 'section'
}
