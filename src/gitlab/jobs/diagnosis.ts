import {clean} from '../../base/clean.ts'
import {ActionError} from '../../base/errors.ts'
import {nearestNames} from '../../base/nearest.ts'
import type {Selection} from './selection.ts'
import type {Snapshot} from '../api/types.ts'

/** Says that nothing fits a selection, where it was looked for, and which names come nearest. */
export function missingError(
  {missing, names, pipelines}: Snapshot,
  selection: Selection,
  {project}: {readonly project: string},
): ActionError {
  const jobs = names.length === 1 ? '1 job' : `${names.length} jobs`
  const [first] = pipelines
  const where =
    first === undefined ? ` in ${project}` : ` in pipeline ${first.id} of ${project} (${jobs}${more(pipelines.length)})`
  const near = [...new Set(missing.flatMap((name) => nearestNames(name, names)))].slice(0, 5)
  const nearest = near.length === 0 ? '' : ` Nearest: ${near.map(quoted).join(', ')}.`
  return new ActionError(
    'notFound',
    `${what(missing, selection)}${first || !selection.jobId?.length ? where : ` in ${project}`}.${nearest}`,
    {
      hint:
        near.length > 0 || names.length === 0
          ? undefined
          : `There is: ${names.slice(0, 10).map(quoted).join(', ')}${names.length > 10 ? ' and more' : ''}.`,
    },
  )
}

function what(missing: readonly string[], {jobId = [], jobMatch = [], stage = [], status = []}: Selection): string {
  const ids = new Set(jobId.map(String))
  if (missing.length > 0) return `No job ${missing.map((one) => (ids.has(one) ? one : quoted(one))).join(', ')}`
  const filters = [
    ...(jobMatch.length === 0 ? [] : [`matches ${jobMatch.map(quoted).join(' or ')}`]),
    ...(stage.length === 0 ? [] : [`is of stage ${stage.map(quoted).join(' or ')}`]),
    ...(status.length === 0 ? [] : [`is ${status.map((one) => clean(one, 40)).join(' or ')}`]),
  ]
  return filters.length === 0 ? 'No job' : `No job that ${filters.join(' and ')}`
}

function more(pipelines: number): string {
  return pipelines > 1 ? ` in it and ${pipelines - 1} below it` : ''
}

function quoted(name: string): string {
  return `"${clean(name, 100)}"`
}
