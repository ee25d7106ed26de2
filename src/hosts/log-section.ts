import {randomBytes} from 'node:crypto'

/** Opens and closes collapsible sections in a GitLab job log. */
export interface SectionMarkers {
  open(title: string): {readonly name: string; readonly marker: string}
  close(name: string): string
}

/**
 * Section markers as GitLab documents them (https://docs.gitlab.com/ci/jobs/job_logs/#custom-collapsible-sections). Names are unique
 * within the job, also over several commands in one script: the page merges sections of the same name.
 */
export function sectionMarkers(date: () => Date, given?: string): SectionMarkers {
  let run = given
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
