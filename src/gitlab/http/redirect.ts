import {isIP} from 'node:net'
import {ActionError} from '../../base/errors.ts'

export const maxHops = 5
const maxLocationLength = 8192

/** Where the API lives: its origin, and the path all its routes begin with. */
export interface Home {
  readonly origin: string
  readonly pathname: string
  readonly hostname: string
}

/** The statuses that lead elsewhere with the same GET. */
export function isRedirect(status: number): boolean {
  return [301, 302, 303, 307, 308].includes(status)
}

/**
 * The next address of a redirect, resolved as browsers do. Refuses what no GitLab has reason to send: other schemes, https
 * to http, a user name, metadata addresses, and plain http from one kind of network into another.
 */
export function nextAddress(from: URL, location: string | undefined, home: Home): URL {
  if (location === undefined || location === '') throw bad('names no address to go to')
  if (location.length > maxLocationLength) throw bad(`names an address longer than ${maxLocationLength} characters`)
  const next = URL.canParse(location, from.href) ? new URL(location, from) : undefined
  if (next === undefined) throw bad('names something that is not an address')
  if (next.protocol !== 'https:' && next.protocol !== 'http:') throw bad('leads to something other than http or https')
  if (from.protocol === 'https:' && next.protocol === 'http:') throw bad('leads from https to http')
  if (next.username !== '' || next.password !== '') throw bad('leads to an address with a user name')
  if (isMetadataAddress(next.hostname)) throw bad('leads to a cloud metadata address')
  if (next.protocol === 'http:' && next.origin !== home.origin && network(next.hostname) !== network(home.hostname)) {
    throw bad('leads by plain http into another kind of network')
  }
  next.hash = ''
  return next
}

/** True only below the API's root: the one place that credentials are for. */
export function isHome(url: URL, home: Home): boolean {
  return url.origin === home.origin && url.pathname.startsWith(`${home.pathname.replace(/\/$/, '')}/`)
}

/** Addresses from which cloud machines learn their secrets, in every spelling that URLs know. */
export function isMetadataAddress(host: string): boolean {
  const name = plainHost(host)
  return (
    name.startsWith('169.254.') ||
    name === '100.100.100.200' ||
    name === '168.63.129.16' ||
    name === 'metadata.google.internal' ||
    name === 'metadata' ||
    /^fd00:0*ec2:(?:0*:)*0*254$|^fd00:ec2::254$/.test(name)
  )
}

/** Which kind of network a host is in, as far as its spelling tells. */
export function network(host: string): 'loopback' | 'private' | 'link-local' | 'none' | 'name' | 'public' {
  const name = plainHost(host)
  if (name === 'localhost' || name.endsWith('.localhost') || name === '::1') return 'loopback'
  if (name === '::') return 'none'
  if (isIP(name) === 6) return /^f[cd]/.test(name) ? 'private' : /^fe[89ab]/.test(name) ? 'link-local' : 'public'
  if (isIP(name) === 0) return 'name'
  const [a = 0, b = 0] = name.split('.').map(Number)
  if (a === 127) return 'loopback'
  if (a === 0) return 'none'
  if (a === 169 && b === 254) return 'link-local'
  const isPrivate =
    a === 10 || (a === 172 && b >= 16 && b < 32) || (a === 192 && b === 168) || (a === 100 && b >= 64 && b < 128)
  return isPrivate ? 'private' : 'public'
}

/** Without brackets and trailing dots, and IPv4 inside IPv6 as IPv4. */
function plainHost(host: string): string {
  const bare = host
    .toLowerCase()
    .replace(/^\[|\]$/g, '')
    .replace(/\.+$/, '')
  const dotted = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/.exec(bare)?.[1]
  if (dotted !== undefined) return dotted
  const hex = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(bare)
  if (!hex) return bare
  const [high, low] = [Number.parseInt(hex[1] ?? '', 16), Number.parseInt(hex[2] ?? '', 16)]
  return [high >> 8, high & 255, low >> 8, low & 255].join('.')
}

function bad(what: string): ActionError {
  return new ActionError('untrusted', `The server sent a redirect that ${what}.`)
}
