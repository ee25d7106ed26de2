import {clean} from '../clean.ts'
import type {WaitResult} from './result.ts'
import {spanOfSeconds} from './span.ts'

/**
 * A report that puts links to the awaited jobs on the page of our own, as JSON text.
 * https://docs.gitlab.com/ci/yaml/artifacts_reports/#artifactsreportsannotations
 */
export function annotationsOf({jobs}: WaitResult): string {
  const links = jobs.map(({job, label}) => {
    const took = spanOfSeconds(job.duration)
    return {
      external_link: {
        label: `${clean(label, 120)}: ${clean(job.status)}${took ? ` after ${took}` : ''}`,
        url: job.web_url,
      },
    }
  })
  return `${JSON.stringify({awaited_jobs: links}, undefined, 2)}\n`
}
