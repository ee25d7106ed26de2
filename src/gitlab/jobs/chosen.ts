import {clean} from '../../base/clean.ts'
import {ActionError} from '../../base/errors.ts'
import {compileGlob} from '../../base/glob.ts'
import {nearestNames} from '../../base/nearest.ts'
import {jobStatuses, statusGroup} from '../api/job-status.ts'
import type {FoundJob} from '../api/types.ts'
import {patternsOf} from './selection.ts'
import type {Selection} from './selection.ts'

/** One thing that was asked for, and how many jobs it fits. */
interface Criterion {
  readonly kind: 'name' | 'pattern' | 'stage'
  /** As it was given. */
  readonly given: string
  readonly matched: number
}

/**
 * What a selection means among the jobs seen. `jobs` is all that was asked for only if `unmatched` is empty: what was given and fits
 * nothing was not seen, and nobody may say yes to it.
 */
export interface Chosen {
  readonly jobs: readonly FoundJob[]
  readonly criteria: readonly Criterion[]
  /** As given; empty where `allowUnmatched` says that it need not fit. */
  readonly unmatched: readonly string[]
  /** What fits but for its status, which this version has never heard of: whether it is one of those asked for nobody knows. */
  readonly undecided: readonly FoundJob[]
  /** How many fit but for their status: of none of them a number says nothing. */
  readonly meant: number
}

type Fits = (found: FoundJob) => boolean

/**
 * Chooses among all jobs seen (the newest attempt of each). Names, patterns and ids add up, excludes take away from all but names and
 * ids, stage and status narrow. A name that is a job's exact label or name means only that; so does a pattern.
 */
export function choose(selection: Selection, candidates: readonly FoundJob[], byId: readonly FoundJob[] = []): Chosen {
  const {job = [], jobId = [], stage = [], status = []} = selection
  refuseUnknown(status)
  const {included, excluded} = patternsOf(selection)
  const names = job.map((name) => ({kind: 'name' as const, given: name, fits: byExactName(name, candidates)}))
  const patterns = included.map((pattern) => ({
    kind: 'pattern' as const,
    given: pattern,
    fits: byPattern(pattern, candidates),
  }))
  const isLeftOut = anyOf(excluded.map((pattern) => byGlob(pattern)))
  const isAnything = names.length + patterns.length + jobId.length === 0
  const isNamed = anyOf(names.map(({fits}) => fits))
  const isMatched = anyOf(patterns.map(({fits}) => fits))
  const isOfStatus: Fits = ({job}) => status.length === 0 || status.includes(job.status)
  const isOfStages: Fits = ({job}) => stage.length === 0 || stage.includes(job.stage)
  const narrows: Fits = (found) => isOfStages(found) && isOfStatus(found)
  const isMeant: Fits = (found) => isNamed(found) || ((isAnything || isMatched(found)) && !isLeftOut(found))
  const chosen = candidates.filter((found) => narrows(found) && isMeant(found))
  const extra = byId.filter((found) => narrows(found) && !chosen.some(({job: other}) => other.id === found.job.id))
  const stages = stage.map((name) => ({kind: 'stage' as const, given: name, fits: isOfStage(name)}))
  const seen = [...candidates, ...byId]
  const criteria = [
    ...[...names, ...patterns].map(({kind, given, fits}) => ({kind, given, matched: candidates.filter(fits).length})),
    ...stages.map(({kind, given, fits}) => ({kind, given, matched: seen.filter(fits).length})),
  ]
  const unmatched = criteria.filter(({matched}) => matched === 0).map(({given}) => given)
  const meant = [...candidates.filter(isMeant), ...byId].filter(isOfStages)
  return {
    jobs: [...chosen, ...extra],
    criteria,
    unmatched: selection.allowUnmatched ? [] : unmatched,
    undecided: meant.filter((found) => !isOfStatus(found) && statusGroup(found.job.status) === 'unknown'),
    meant: meant.length,
  }
}

/** A misspelt status fits no job, and none is what a gate may ask for. */
function refuseUnknown(statuses: readonly string[]): void {
  const wrong = statuses.filter((one) => !jobStatuses.includes(one))
  if (wrong.length === 0) return
  const near = [...new Set(wrong.flatMap((one) => nearestNames(one, jobStatuses)))]
  const nearest = near.length === 0 ? '' : ` Nearest: ${near.join(', ')}.`
  throw new ActionError(
    'usage',
    `No job has the status ${wrong.map((one) => `"${clean(one, 60)}"`).join(' or ')}, as far as this version knows.${nearest}`,
    {hint: `Statuses are ${jobStatuses.join(', ')}.`},
  )
}

/** The label first, since it is what we print; a plain name means every job of that name in the family. */
function byExactName(name: string, candidates: readonly FoundJob[]): Fits {
  const isLabel = candidates.some(({label, job}) => label === name && label !== job.name)
  return isLabel ? ({label}) => label === name : ({job}) => job.name === name
}

/** A name that looks like a pattern, such as `deploy?`, means itself where a job has it. */
function byPattern(pattern: string, candidates: readonly FoundJob[]): Fits {
  const isName = candidates.some(({job}) => job.name === pattern)
  return isName ? ({job}) => job.name === pattern : byGlob(pattern)
}

function byGlob(pattern: string): Fits {
  const matches = compileGlob(pattern, {slashes: 'cross'})
  return ({job, label}) => matches(job.name) || (label !== job.name && matches(label))
}

function isOfStage(name: string): Fits {
  return ({job}) => job.stage === name
}

function anyOf(fits: readonly Fits[]): Fits {
  return (found) => fits.some((isFit) => isFit(found))
}
