import {Invalid, pairs} from '../command/fields.ts'
import type {Field} from '../command/fields.ts'

/** What GitLab takes as the value of a job input. */
export type JobInput = string | number | boolean | readonly JobInput[]

/**
 * Job inputs (GitLab 18.10), `name=value` a line. Numbers, true, false and [lists] are sent as such; a value in double quotes is a text whatever it looks like.
 * https://docs.gitlab.com/ci/jobs/job_inputs/
 */
export function jobInputs(about: string): Field<ReadonlyMap<string, JobInput>> {
  const texts = pairs(about, {key: /^[A-Za-z_][A-Za-z0-9_-]*$/})
  return {
    ...texts,
    fallback: new Map<string, JobInput>(),
    parse: (given) => new Map([...texts.parse(given)].map(([name, value]) => [name, typed(name, value)])),
  }
}

function typed(name: string, value: string): JobInput {
  if (!/^(?:-?\d|true$|false$|\[|")/.test(value)) return value
  try {
    const parsed: unknown = JSON.parse(value)
    if (isJobInput(parsed)) return parsed
  } catch {
    // "1.2.3" and "3 apples" begin like numbers and are texts.
    if (!/^[["]/.test(value)) return value
  }
  throw new Invalid(`gives ${name} a value that begins like JSON and is not: quote it as JSON, for example "text"`)
}

function isJobInput(value: unknown): value is JobInput {
  return ['string', 'number', 'boolean'].includes(typeof value) || (Array.isArray(value) && value.every(isJobInput))
}
