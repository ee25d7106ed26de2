import type {Log} from '../../command/action.ts'
import {ActionError, restated} from '../../base/errors.ts'
import type {Check} from './check.ts'
import type {CommandVerdict} from './commands.ts'
import type {Diagnosis} from './doctor.ts'
import {credentialNames} from './project.ts'
import {triedRoutes} from './routes.ts'

/** Tells the diagnosis: a table for each topic, one of all commands, and what would make the others work. */
export function reportDiagnosis({checks, commands, project}: Diagnosis, log: Log): void {
  const titles = {connection: 'Connection', credentials: 'Credentials', project: `Project ${project ?? ''}`} as const
  for (const [topic, title] of Object.entries(titles)) {
    const rows = checks.filter((check) => check.topic === topic).map(checkRow)
    if (rows.length > 0) log.table(title, ['Check', 'Result', 'Details'], rows)
  }
  log.table('Commands', ['Command', 'Works', 'With', 'Notes'], commands.map(commandRow))
  // There the cells of the table are cut to the width of the terminal.
  if (!log.isLive) return
  for (const [hint, names] of remedies(commands)) log.info(`For ${names.join(', ')}: ${hint}`)
}

/** Why the diagnosis is a failure, if it is: of the commands asked for, or else of what is there. */
export function failureOf(
  {outage, commands, jobToken, token, verdicts}: Diagnosis,
  asked: {readonly for: readonly string[]; readonly target: string | undefined; readonly auth: string},
): ActionError | undefined {
  if (outage) return outage
  if (asked.for.length > 0) return missing(commands.filter(({command}) => asked.for.includes(command)))
  const broken = [jobToken, token].find(({state}) => state === 'broken')?.error
  if (broken) return broken
  const isUsable = ({state}: Diagnosis['token']): boolean => state === 'works' || state === 'unknown'
  if (!isUsable(jobToken) && !isUsable(token) && asked.auth !== 'anonymous') {
    return new ActionError('refused', 'There is no credential that could be used: few commands work without one.', {
      hint: 'Run this inside a CI job, where CI_JOB_TOKEN is set, or set GITLAB_TOKEN.',
    })
  }
  const tried = triedRoutes.flatMap((route) => verdicts.get(route) ?? [])
  if (asked.target === undefined || tried.some(({works}) => works === 'yes')) return undefined
  return tried.find(({error}) => error?.status !== undefined)?.error ?? tried.find(({error}) => error)?.error
}

function missing(asked: readonly CommandVerdict[]): ActionError | undefined {
  const broken = asked.flatMap(({command, error}) => (error ? [{command, error}] : []))
  const [first] = broken
  if (!first) return undefined
  const names = broken.map(({command}) => command).join(', ')
  return restated(first.error, {message: `${names} cannot work here. ${first.error.message}`})
}

function checkRow({name, result, details, hint}: Check): readonly string[] {
  return [name, result, hint === null ? details : `${details} ${hint}`]
}

function commandRow({command, works, credentials, why, error}: CommandVerdict): readonly string[] {
  const using = credentials.map((kind) => credentialNames[kind]).join(', ')
  return [command, works, works === 'no' ? '' : using, works === 'yes' ? '' : (error?.hint ?? why)]
}

function remedies(commands: readonly CommandVerdict[]): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, readonly string[]>()
  for (const {command, error} of commands) {
    if (error) found.set(error.hint ?? error.message, [...(found.get(error.hint ?? error.message) ?? []), command])
  }
  return found
}
