import {BlockList, isIP} from 'node:net'
import {network} from '../api/addresses.ts'

/** The proxy variables of the environment, by their names. */
export type ProxyVariables = Readonly<Record<string, string | undefined>>

export interface Proxy {
  readonly url: URL
  /** The variable it comes from, for messages. */
  readonly variable: string
}

/** Which proxy, if any, a request goes through. Loopback is never proxied, as with curl's and Go's peers. */
export function proxyFor(target: URL, variables: ProxyVariables): Proxy | undefined {
  const host = bare(target.hostname)
  if (network(host) === 'loopback') return undefined
  const scheme = target.protocol.slice(0, -1)
  const variable = [`${scheme}_proxy`, `${scheme.toUpperCase()}_PROXY`].find((name) => variables[name]?.trim())
  if (variable === undefined) return undefined
  const url = proxyUrl(variables[variable] ?? '')
  const exceptions = variables['no_proxy']?.trim() || variables['NO_PROXY'] || ''
  return url === undefined || isExcepted(host, portOf(target), exceptions) ? undefined : {url, variable}
}

/** What is wrong with the proxy variables, without their values: they may hold a password. */
export function proxyProblems(variables: ProxyVariables): readonly string[] {
  return ['http_proxy', 'HTTP_PROXY', 'https_proxy', 'HTTPS_PROXY']
    .filter((name) => variables[name]?.trim())
    .flatMap((name) => {
      const url = proxyUrl(variables[name] ?? '')
      if (url === undefined) return [`${name} is not the address of an http or https proxy`]
      const isWhole = [url.username, url.password].every((part) => decoded(part) !== undefined)
      return isWhole ? [] : [`${name} has a user name or password with a % that is not written as %25`]
    })
}

/** The port of an address, also where it is the usual one of its scheme. */
export function portOf(url: URL): number {
  return url.port === '' ? (url.protocol === 'https:' ? 443 : 80) : Number(url.port)
}

/** Part of an address, without its %-encoding; undefined if that is broken. */
function decoded(part: string): string | undefined {
  try {
    return decodeURIComponent(part)
  } catch {
    return undefined
  }
}

function proxyUrl(given: string): URL | undefined {
  const text = given.trim()
  const full = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `http://${text}`
  const url = URL.canParse(full) ? new URL(full) : undefined
  return url && (url.protocol === 'http:' || url.protocol === 'https:') && url.hostname !== '' ? url : undefined
}

/** NO_PROXY as curl and Go read it: `*`, `host`, `.suffix`, `*.suffix`, `host:port`, an address, or a CIDR block. */
function isExcepted(host: string, port: number, exceptions: string): boolean {
  return exceptions
    .split(/[\s,]+/)
    .filter((entry) => entry !== '')
    .some((entry) => entry === '*' || covers(entry.toLowerCase(), host, port))
}

function covers(entry: string, host: string, port: number): boolean {
  if (entry.includes('/')) return inBlock(entry, host)
  const match = /^(\[[^\]]+\]|[^:]+):(\d+)$/.exec(entry)
  if (match && Number(match[2]) !== port) return false
  const name = bare(match?.[1] ?? entry).replace(/^\*?\./, '')
  return name !== '' && (host === name || (isIP(host) === 0 && host.endsWith(`.${name}`)))
}

function inBlock(entry: string, host: string): boolean {
  const [net = '', bits = ''] = entry.split('/')
  const family = isIP(bare(net))
  const longest = family === 4 ? 32 : 128
  if (family === 0 || isIP(host) !== family || !/^\d{1,3}$/.test(bits) || Number(bits) > longest) return false
  const block = new BlockList()
  const type = family === 4 ? 'ipv4' : 'ipv6'
  block.addSubnet(bare(net), Number(bits), type)
  return block.check(host, type)
}

function bare(hostname: string): string {
  return hostname
    .toLowerCase()
    .replace(/^\[|\]$/g, '')
    .replace(/\.$/, '')
}
