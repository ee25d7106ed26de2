import type {Context} from '../../command/action.ts'
import type {ActionError} from '../../base/errors.ts'
import {check, daysLeft, daysUntil, failed, fewDays} from './check.ts'
import type {Check} from './check.ts'

type Looking = Pick<Context<{readonly allowHttp: boolean}>, 'inputs' | 'given' | 'gitlab' | 'clock'>

interface Reached {
  readonly outage: ActionError | undefined
  readonly isReached: boolean
  readonly version: string | undefined
}

/** How GitLab is reached: address, TLS, proxy, clocks and versions. Asks nothing itself. */
export function connectionChecks(context: Looking, reached: Reached): readonly Check[] {
  const outage = reached.outage && failed('connection', 'GitLab', reached.outage)
  return [
    outage ?? gitlabCheck(reached),
    apiCheck(context),
    tlsCheck(context),
    proxyCheck(context),
    clockCheck(context),
    row('Node', 'ok', process.versions.node),
  ]
}

function row(name: string, result: Check['result'], details: string, hint?: string): Check {
  return check('connection', name, result, details, hint)
}

function gitlabCheck({isReached, version}: Reached): Check {
  if (!isReached) return row('GitLab', 'unknown', 'Not asked: there is no credential, and no question without one.')
  if (version !== undefined) return row('GitLab', 'ok', `Answers. Version ${version}.`)
  return row('GitLab', 'ok', 'Answers. Its version is told to access tokens only.')
}

function apiCheck({gitlab, given}: Looking): Check {
  const {serverHost, isOwnServer} = gitlab.link
  const where = `${gitlab.api}, from ${given['apiUrl']}`
  if (isOwnServer === undefined) return row('API', 'ok', `${where}.`)
  if (isOwnServer) return row('API', 'ok', `${where}: the server of this job.`)
  return row(
    'API',
    'warning',
    `${where}: another host than ${serverHost}, the server of this job. Its job token is not sent there.`,
  )
}

function tlsCheck({gitlab, given, clock, inputs}: Looking): Check {
  if (gitlab.api.startsWith('http:')) {
    return row('TLS', inputs.allowHttp ? 'warning' : 'ok', 'None: plain http.')
  }
  const roots = given['caFile'] === undefined ? '' : ` Trusts the certificates of ${given['caFile']} too.`
  const {tls} = gitlab.link
  if (tls === undefined) return row('TLS', 'unknown', `No connection was made.${roots}`)
  const days = daysUntil(tls.validTo, clock.date())
  const issuer = tls.issuer === '' ? '' : ` by ${tls.issuer}`
  const text = `${tls.protocol}, certificate${issuer}, ${daysLeft(days)}.${roots}`
  return row('TLS', days < fewDays ? 'warning' : 'ok', text)
}

function proxyCheck({gitlab}: Looking): Check {
  const {proxy} = gitlab.link
  return row('Proxy', 'ok', proxy === undefined ? 'None.' : `${proxy.origin}, from ${proxy.variable}.`)
}

/** The Date header counts whole seconds and has travelled. */
const harmlessSkewMs = 30_000

function clockCheck({gitlab}: Looking): Check {
  const {clockSkewMs} = gitlab.facts
  if (clockSkewMs === undefined) return row('Clock', 'unknown', 'GitLab has told no time.')
  const seconds = Math.round(Math.abs(clockSkewMs) / 1000)
  const text = seconds <= 2 ? 'As GitLab’s.' : `${seconds} s ${clockSkewMs > 0 ? 'behind' : 'ahead of'} GitLab’s.`
  if (Math.abs(clockSkewMs) <= harmlessSkewMs) return row('Clock', 'ok', text)
  return row('Clock', 'warning', text, 'Set the clock of the runner: deadlines and expiry dates are read by it.')
}
