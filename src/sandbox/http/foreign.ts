import type {IncomingHttpHeaders} from 'node:http'
import {isIP} from 'node:net'
import {message, type Answer} from './answers.ts'

/**
 * Whether a browser may have been led here under a name that is not ours (DNS rebinding): the page of such a name would count as the
 * sandbox's own. An address cannot be led elsewhere, and localhost and the world's own name are ours.
 */
export function isMisnamed({host = ''}: IncomingHttpHeaders, externalUrl: string): boolean {
  const name = hostname(`http://${host}`).replace(/^\[(.*)\]$/, '$1')
  const isOurs = isIP(name) > 0 || name === 'localhost' || name.endsWith('.localhost') || name === hostname(externalUrl)
  return host !== '' && !isOurs
}

/**
 * Refuses what the web page of another origin makes a browser send to the routes that take no token. A browser says with each change,
 * and with most of what it reads, whose page sends it; other programs say nothing of the kind.
 */
export function foreignRefusal(headers: IncomingHttpHeaders, externalUrl: string): Answer | undefined {
  const {host = '', origin, 'sec-fetch-site': site} = headers
  if (isMisnamed(headers, externalUrl))
    return refusal(
      `The sandbox is not called ${JSON.stringify(host)}: use 127.0.0.1, localhost, or the world's external_url`,
    )
  const isSame =
    origin === undefined || [host.toLowerCase(), hostOf(externalUrl) ?? host].includes(hostOf(origin) ?? 'null')
  const isForeign = site === 'cross-site' || site === 'same-site'
  return isSame && !isForeign ? undefined : refusal('A web page of another origin may not use the sandbox')
}

const refusal = (text: string): Answer => message(403, text).answer

function hostname(url: string): string {
  return URL.canParse(url) ? new URL(url).hostname : ''
}

/** With its port; undefined for the origin "null". */
function hostOf(url: string): string | undefined {
  return URL.canParse(url) ? new URL(url).host : undefined
}
