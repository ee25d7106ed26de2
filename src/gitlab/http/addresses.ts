import {network} from './redirect.ts'

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

/** A project as commands take it: a positive id, or a full path, whose slashes may be written %2F. Undefined for all else. */
export function projectOf(given: string): string | undefined {
  if (/^[1-9]\d{0,15}$/.test(given)) return Number.isSafeInteger(Number(given)) ? given : undefined
  const path = given.replace(/%2f/gi, '/')
  const parts = path.split('/')
  const isPath = parts.length > 1 && parts.every((part) => part !== '' && part !== '.' && part !== '..')
  return isPath && !/[\s\\%?#\u0000-\u001f\u007f]|\p{Surrogate}/u.test(path) ? path : undefined
}
