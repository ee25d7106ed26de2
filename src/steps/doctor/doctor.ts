import type {Context} from '../../command/action.ts'
import {ActionError} from '../../base/errors.ts'
import {routeOf} from '../../gitlab/api/access.ts'
import type {RouteName} from '../../gitlab/api/access.ts'
import {allowedAgents, oneProject, serverVersion} from '../../gitlab/api/endpoints.ts'
import {cannotCall} from '../../gitlab/api/refusal.ts'
import {createAsker} from './ask.ts'
import type {Check} from './check.ts'
import {commandVerdicts} from './commands.ts'
import type {CommandVerdict} from './commands.ts'
import {connectionChecks} from './connection.ts'
import {examineJobToken, examineToken} from './credentials.ts'
import type {JobTokenFinding, TokenFinding} from './credentials.ts'
import {projectChecks} from './project.ts'
import {nowhere, tryRoutes} from './routes.ts'
import {no, outOfReach, unknown, verdictOf} from './doctor-verdict.ts'
import type {Verdict, Verdicts} from './doctor-verdict.ts'
import {writeRoutes, writeVerdict} from './doctor-writes.ts'

export interface Diagnosis {
  readonly checks: readonly Check[]
  readonly commands: readonly CommandVerdict[]
  readonly jobToken: JobTokenFinding
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
export type Examining = Pick<Context<Inputs>, 'inputs' | 'given' | 'gitlab' | 'own' | 'clock' | 'signal'>

/** Looks at everything that commands need here. Only reads; what fails becomes part of the diagnosis. */
export async function examine(context: Examining): Promise<Diagnosis> {
  const {inputs, gitlab} = context
  const asker = createAsker(context)
  const jobToken = await examineJobToken(context, asker)
  const token = await examineToken(context, asker)
  const told = token.state === 'works' ? (await asker.ask(serverVersion())).value?.version : undefined
  const agents = jobToken.state === 'works' ? await asker.ask(allowedAgents()) : undefined
  const project = inputs.target ?? gitlab.project
  const asksProject = gitlab.choose('project').kind === 'token' || !asker.isReached()
  const tried = await tryRoutes(context, asker, project, asksProject)
  // Any answer, be it no, shows that GitLab is there.
  if (!asker.isReached()) await asker.ask(oneProject({project: project ?? 1}))

  const own = ownVerdict(context, jobToken)
  // Where it cannot be looked at, nothing speaks against it.
  const isJobTokenGood = jobToken.state === 'works' || (jobToken.state === 'unknown' && asker.outage() === undefined)
  const verdicts: Verdicts = new Map<RouteName, Verdict>([
    ...[...tried.verdicts].map(([route, verdict]) => [route, withOtherWay(route, verdict, {jobToken, token})] as const),
    ...writeRoutes.map(
      (route) =>
        [
          route,
          project === undefined
            ? nowhere(route, gitlab, asker)
            : writeVerdict(route, gitlab, token, tried.project, isJobTokenGood),
        ] as const,
    ),
    ['own-job', own],
    [
      'allowed-agents',
      agents ? verdictOf('allowed-agents', agents, gitlab, asker) : ownVerdict(context, jobToken, 'allowed-agents'),
    ],
  ])
  const version = told ?? gitlab.facts.serverVersion
  return {
    checks: [
      ...connectionChecks(context, {outage: asker.outage(), isReached: asker.isReached(), version}),
      jobToken.check,
      token.check,
      ...(project === undefined ? [] : projectChecks(tried, verdicts, agents?.value)),
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

function ownVerdict(
  {gitlab}: Pick<Examining, 'gitlab'>,
  {state, error}: JobTokenFinding,
  route: 'own-job' | 'allowed-agents' = 'own-job',
): Verdict {
  const choice = gitlab.choose(route)
  if (state === 'works') return {works: 'yes', credential: 'job-token', why: 'Open'}
  if (choice.kind === 'refused' && choice.reason === 'absent') return no(cannotCall(route, 'absent', gitlab.facts))
  if (state === 'unknown') return unknown(outOfReach)
  return no(error ?? refusal(gitlab, 'own-job') ?? cannotCall('own-job', 'job', gitlab.facts))
}

function refusal(gitlab: Examining['gitlab'], route: RouteName): ActionError | undefined {
  const choice = gitlab.choose(route)
  return choice.kind === 'refused' ? cannotCall(route, choice.reason, gitlab.facts) : undefined
}

/** What helps beside the hint of a refusal, which knows of one credential only. */
function withOtherWay(
  route: RouteName,
  verdict: Verdict,
  {jobToken, token}: Pick<Diagnosis, 'jobToken' | 'token'>,
): Verdict {
  const {error, credential} = verdict
  if (error?.status === undefined || routeOf(route).jobToken === false) return verdict
  const {kind, message, hint, status, cause} = error
  const isToldBetter = jobToken.error !== undefined && token.state !== 'works'
  const ways = isToldBetter
    ? [jobToken.error.hint]
    : [hint, ...(credential === 'job-token' && token.state === 'works' ? [byToken] : [])]
  return {...verdict, error: new ActionError(kind, message, {hint: ways.join(' ').trim(), status, cause})}
}

const byToken = 'Or run with --auth token: the access token may be let in.'
