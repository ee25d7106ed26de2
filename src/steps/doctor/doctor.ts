import type {Context} from '../../command/action.ts'
import {restated, type ActionError} from '../../base/errors.ts'
import {routeOf} from '../../gitlab/api/access.ts'
import type {RouteName} from '../../gitlab/api/access.ts'
import {allowedAgents, oneProject, serverVersion} from '../../gitlab/api/endpoints.ts'
import type {AllowedAgents} from '../../gitlab/api/types.ts'
import {createAsker} from './ask.ts'
import type {Answer, Asker} from './ask.ts'
import {changeVerdict, changingRoutes} from './changes.ts'
import {outOfReach} from './check.ts'
import type {Check} from './check.ts'
import {commandVerdicts} from './commands.ts'
import type {CommandVerdict} from './commands.ts'
import {connectionChecks} from './connection.ts'
import {examineJobToken, examineToken} from './credentials.ts'
import type {Finding, TokenFinding} from './credentials.ts'
import {projectChecks} from './project.ts'
import {no, nowhere, tryRoutes, unknown, verdictOf} from './routes.ts'
import type {Tried, Verdict, Verdicts} from './routes.ts'

/** All that was found out, and what it means for each command. */
export interface Diagnosis {
  readonly checks: readonly Check[]
  readonly commands: readonly CommandVerdict[]
  readonly jobToken: Finding
  readonly token: TokenFinding
  readonly verdicts: Verdicts
  /** The project that was looked at. */
  readonly project: string | undefined
  readonly version: string | undefined
  /** Why GitLab could not be talked to at all. */
  readonly outage: ActionError | undefined
}

type Inputs = {
  readonly target: string | undefined
  readonly attempts: number
  readonly allowHttp: boolean
  readonly auth: string
  readonly jobToken: string | undefined
}
type Examining = Pick<Context<Inputs>, 'inputs' | 'given' | 'gitlab' | 'own' | 'clock' | 'signal'>

/** Looks at everything that commands need here. Only reads; what fails becomes part of the diagnosis. */
export async function examine(context: Examining): Promise<Diagnosis> {
  const {inputs, gitlab, own} = context
  const asker = createAsker(context)
  const jobToken = await examineJobToken(context, asker)
  const token = await examineToken(context, asker)
  const answered = token.state === 'works' ? (await asker.ask(serverVersion())).value?.version : undefined
  const agents = jobToken.state === 'works' ? await asker.ask(allowedAgents()) : undefined
  const project = inputs.target ?? gitlab.project
  const asksProject = asker.wayTo('project').credential === 'token' || !asker.isReached()
  const tried = await tryRoutes(asker, own, project, asksProject)
  // Any answer, be it no, shows that GitLab is there.
  if (!asker.isReached()) await asker.ask(oneProject({project: project ?? 1}))
  const verdicts = judgeRoutes(asker, {jobToken, token, agents, tried, project})
  const version = answered ?? gitlab.facts.serverVersion
  return {
    checks: [
      ...connectionChecks(context, asker, version),
      jobToken.check,
      token.check,
      ...(project === undefined ? [] : projectChecks(tried.project, verdicts, agents?.value)),
    ],
    commands: commandVerdicts(verdicts),
    jobToken,
    token,
    verdicts,
    project,
    version,
    outage: asker.outage(),
  }
}

interface Found {
  readonly jobToken: Finding
  readonly token: TokenFinding
  readonly agents: Answer<AllowedAgents> | undefined
  readonly tried: Tried
  readonly project: string | undefined
}

function judgeRoutes(asker: Asker, {jobToken, token, agents, tried, project}: Found): Verdicts {
  // Where it cannot be looked at, nothing speaks against it.
  const isJobTokenGood = jobToken.state === 'works' || (jobToken.state === 'unknown' && asker.outage() === undefined)
  const rights = {token, project: tried.project, isJobTokenGood}
  const change = (route: RouteName): Verdict =>
    project === undefined ? nowhere(route, asker) : changeVerdict(route, asker, rights)
  return new Map<RouteName, Verdict>([
    ...[...tried.verdicts].map(([route, verdict]) => [route, withOtherWay(route, verdict, {jobToken, token})] as const),
    ...changingRoutes.map((route) => [route, change(route)] as const),
    ['own-job', ownVerdict('own-job', jobToken, asker)],
    [
      'allowed-agents',
      agents ? verdictOf('allowed-agents', agents, asker) : ownVerdict('allowed-agents', jobToken, asker),
    ],
  ])
}

/** The verdict on a route for the job token alone, by what is known of that. */
function ownVerdict(route: 'own-job' | 'allowed-agents', {state, error}: Finding, asker: Asker): Verdict {
  if (state === 'works') return {works: 'yes', credential: 'job-token', why: 'Open'}
  const way = asker.wayTo(route)
  if (way.reason === 'absent') return no(way.error)
  const why = error ?? (state === 'unknown' ? undefined : asker.wayTo('own-job').error)
  return why === undefined ? unknown(outOfReach) : no(why)
}

/** What helps beside the hint of a refusal, which knows of one credential only. */
function withOtherWay(
  route: RouteName,
  verdict: Verdict,
  {jobToken, token}: Pick<Found, 'jobToken' | 'token'>,
): Verdict {
  const {error, credential} = verdict
  if (error?.status === undefined || routeOf(route).jobToken === false) return verdict
  const byToken = credential === 'job-token' && token.state === 'works'
  const hints =
    jobToken.error !== undefined && token.state !== 'works'
      ? [jobToken.error.hint]
      : [error.hint, ...(byToken ? ['Or run with --auth token: the access token may be let in.'] : [])]
  return {...verdict, error: restated(error, {hint: hints.join(' ').trim()})}
}
