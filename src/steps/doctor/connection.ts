import type {Context} from '../../command/action.ts'
import type {Asker} from './ask.ts'
import {checksOf, timeLeft} from './check.ts'
import type {Check} from './check.ts'

type Connected = Pick<Context<{readonly allowHttp: boolean}>, 'inputs' | 'given' | 'gitlab' | 'clock'>

const {ok, warning, failed, unknown} = checksOf('connection')

/** How GitLab is reached: address, TLS, proxy, clocks and versions. Asks nothing itself. */
export function connectionChecks(context: Connected, asker: Asker, version: string | undefined): readonly Check[] {
  const {gitlab} = context
  const {proxy} = gitlab.link
  return [
    gitlabCheck(asker, version),
    apiCheck(context),
    tlsCheck(context),
    ok('Proxy', proxy === undefined ? 'None.' : `${proxy.origin}, from ${proxy.variable}.`),
    clockCheck(gitlab.facts.clockSkewMs),
    ok('Node', process.versions.node),
  ]
}

function gitlabCheck(asker: Asker, version: string | undefined): Check {
  const outage = asker.outage()
  if (outage) return failed('GitLab', outage.message, outage.hint)
  if (!asker.isReached()) return unknown('GitLab', 'Not asked: there is no credential, and no question without one.')
  return ok('GitLab', `Answers. ${version === undefined ? versionHidden : `Version ${version}.`}`)
}

const versionHidden = 'Its version is told to access tokens only.'

function apiCheck({gitlab, given}: Connected): Check {
  const {serverHost, isOwnServer} = gitlab.link
  const where = `${gitlab.api}, from ${given['apiUrl']}`
  if (isOwnServer === undefined) return ok('API', `${where}.`)
  if (isOwnServer) return ok('API', `${where}: the server of this job.`)
  const elsewhere = `another host than ${serverHost}, the server of this job. Its job token is not sent there.`
  return warning('API', `${where}: ${elsewhere}`)
}

function tlsCheck({gitlab, given, clock, inputs}: Connected): Check {
  if (gitlab.api.startsWith('http:')) return (inputs.allowHttp ? warning : ok)('TLS', 'None: plain http.')
  const roots = given['caFile'] === undefined ? '' : ` Trusts the certificates of ${given['caFile']} too.`
  const {tls} = gitlab.link
  if (tls === undefined) return unknown('TLS', `No connection was made.${roots}`)
  const left = timeLeft(tls.validTo, clock.date())
  const issuer = tls.issuer === '' ? '' : ` by ${tls.issuer}`
  return (left.isShort ? warning : ok)('TLS', `${tls.protocol}, certificate${issuer}, ${left.text}.${roots}`)
}

/** The Date header counts whole seconds and has travelled. */
const harmlessSkewMs = 30_000

function clockCheck(skewMs: number | undefined): Check {
  if (skewMs === undefined) return unknown('Clock', 'GitLab has told no time.')
  const seconds = Math.round(Math.abs(skewMs) / 1000)
  const text = seconds <= 2 ? 'As GitLab’s.' : `${seconds} s ${skewMs > 0 ? 'behind' : 'ahead of'} GitLab’s.`
  if (Math.abs(skewMs) <= harmlessSkewMs) return ok('Clock', text)
  return warning('Clock', text, 'Set the clock of the runner: deadlines and expiry dates are read by it.')
}
