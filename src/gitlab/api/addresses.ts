import {isIP} from 'node:net'

/** What is wrong with a root of the API, as a sentence without its end; undefined if nothing is. */
export function apiUrlProblem(given: string | undefined, allowHttp: boolean): string | undefined {
  if (given === undefined) return 'api-url is missing: give it, or run this in a CI job, where CI_API_V4_URL is set'
  // Looked at as it was written: a parsed URL has already lost its dots, blanks and backslashes.
  if (!/^https?:\/\/[^/]/i.test(given)) return 'api-url must begin with https:// or http://'
  if (/[\s\\\u0000-\u001f\u007f]/.test(given)) return 'api-url holds a blank, a control character or a backslash'
  const [, authority = '', path = ''] = /^https?:\/\/([^/?#]*)(.*)$/is.exec(given) ?? []
  if (authority.includes('@'))
    return 'api-url holds a user name or password: give credentials by CI_JOB_TOKEN or GITLAB_TOKEN'
  if (/[?#]/.test(path)) return 'api-url must not have a query or a fragment'
  if (path.split('/').some((part) => /^(?:\.|%2e){1,2}$/i.test(part)))
    return 'api-url must not have "." or ".." in its path'
  const url = URL.canParse(given) ? new URL(given) : undefined
  if (url === undefined || url.hostname.endsWith('.')) return 'api-url is not a valid address'
  if (url.protocol === 'http:' && !allowHttp && network(url.hostname) !== 'loopback') {
    return 'api-url is plain http, which anybody on the way can read: use https, or say --allow-http'
  }
  return undefined
}

/** A question for whoever got a page where the API should be. */
export function isRootOfApi({origin, pathname}: {readonly origin: string; readonly pathname: string}): string {
  const path = pathname.replace(/\/+$/, '')
  const usual = path.endsWith('/api/v4') ? '' : `, which usually ends in /api/v4`
  return `Is ${origin}${path} the root of the API${usual}? It comes from CI_API_V4_URL or --api-url.`
}

/** A project as commands take it: a positive id, or a full path, whose slashes may be written %2F. Undefined for all else. */
export function projectOf(given: string): string | undefined {
  if (/^[1-9]\d{0,15}$/.test(given)) return Number.isSafeInteger(Number(given)) ? given : undefined
  const path = given.replace(/%2f/gi, '/')
  const parts = path.split('/')
  const isPath = parts.length > 1 && parts.every((part) => part !== '' && part !== '.' && part !== '..')
  return isPath && !/[\s\\%?#\u0000-\u001f\u007f]|\p{Surrogate}/u.test(path) ? path : undefined
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
