import {describe, expect, test} from '@jest/globals'
import {proxyFor, proxyProblems} from '../../../../src/gitlab/http/proxies.ts'
import {isMetadataAddress, network} from '../../../../src/gitlab/api/addresses.ts'
import {isHome, nextAddress} from '../../../../src/gitlab/http/redirect.ts'
import {decide} from '../../../../src/gitlab/http/retry.ts'
import type {Failure, Progress} from '../../../../src/gitlab/http/retry.ts'

const progress: Progress = {attempt: 1, attempts: 6, sleptMs: 0, budgetMs: 300_000, date: new Date(), random: 0}
const status = (code: number, more: Partial<Failure> = {}): Failure =>
  ({kind: 'status', status: code, headers: {}, html: false, lock: false, store: false, ...more}) as Failure
const code = (name: string): Failure => ({kind: 'network', code: name})
const tries = (failure: Failure): number => {
  for (let attempt = 1; ; attempt++) if (!decide(failure, {...progress, attempt}).again) return attempt
}

describe('the retry policy', () => {
  test.each([
    [status(503), 6],
    [status(404), 1],
    [status(404, {html: true}), 3],
    [status(403, {store: true}), 3],
    [status(404, {store: true}), 1],
    [status(409), 1],
    [status(409, {lock: true}), 6],
    [status(519), 1],
    [status(531), 1],
    [code('EAI_AGAIN'), 6],
    [code('ENOTFOUND'), 3],
    [code('HPE_INVALID_CONSTANT'), 2],
    [code('UND_ERR_HEADERS_OVERFLOW'), 2],
    [code('CERT_HAS_EXPIRED'), 1],
    [code('ERR_TLS_CERT_ALTNAME_INVALID'), 1],
    [code('PROXY_407'), 1],
    [code('ENOSPC'), 1],
    [code('constructor'), 1],
    [{kind: 'content'} as const, 6],
    [{kind: 'early'} as const, 2],
  ])('tries %j %i times', (failure, expected) => {
    expect(tries(failure)).toBe(expected)
  })

  test('doubles the pause up to 30 seconds, half of it by chance', () => {
    const after = (attempt: number, random: number): unknown =>
      decide(code('ECONNRESET'), {...progress, attempt, attempts: 20, random})
    expect([1, 2, 3, 7, 12].map((attempt) => after(attempt, 0))).toEqual(
      [250, 500, 1000, 15_000, 15_000].map((afterMs) => ({again: true, afterMs})),
    )
    expect(after(12, 0.999)).toEqual({again: true, afterMs: 29_985})
  })

  test('counts all pauses against the time there is', () => {
    expect(decide(status(503), {...progress, sleptMs: 299_900})).toEqual({again: false, because: 'budget'})
  })
})

describe('a proxy', () => {
  const proxies = {HTTPS_PROXY: 'proxy.test:3128', http_proxy: 'http://small.test', HTTP_PROXY: 'http://large.test'}
  const through = (target: string, more: Record<string, string> = {}): string | undefined =>
    proxyFor(new URL(target), {...proxies, ...more})?.url.href

  test.each([
    ['https://gitlab.test', {}, 'http://proxy.test:3128/'],
    ['http://gitlab.test', {}, 'http://small.test/'],
    ['http://127.0.0.1', {}, undefined],
    ['https://localhost:8443', {}, undefined],
    ['https://[::1]', {}, undefined],
    ['https://gitlab.test', {NO_PROXY: '*'}, undefined],
    ['https://gitlab.test', {NO_PROXY: 'gitlab.test'}, undefined],
    ['https://a.gitlab.test', {NO_PROXY: 'gitlab.test'}, undefined],
    ['https://a.gitlab.test', {NO_PROXY: '.gitlab.test'}, undefined],
    ['https://a.gitlab.test', {NO_PROXY: '*.gitlab.test'}, undefined],
    ['https://mygitlab.test', {NO_PROXY: 'gitlab.test'}, 'http://proxy.test:3128/'],
    ['https://GitLab.test', {no_proxy: 'x, GITLAB.test'}, undefined],
    ['https://gitlab.test:8443', {NO_PROXY: 'gitlab.test:8443'}, undefined],
    ['https://gitlab.test', {NO_PROXY: 'gitlab.test:8443'}, 'http://proxy.test:3128/'],
    ['https://gitlab.test', {NO_PROXY: 'gitlab.test:443'}, undefined],
    ['https://10.1.2.3', {NO_PROXY: '10.0.0.0/8'}, undefined],
    ['https://11.1.2.3', {NO_PROXY: '10.0.0.0/8'}, 'http://proxy.test:3128/'],
    ['https://10.1.2.3', {NO_PROXY: '10.0.0.0/99'}, 'http://proxy.test:3128/'],
    ['https://[fd00::5]', {NO_PROXY: 'fd00::/16'}, undefined],
    ['https://10.1.2.3', {NO_PROXY: '2.3'}, 'http://proxy.test:3128/'],
    ['https://gitlab.test', {NO_PROXY: ' , .'}, 'http://proxy.test:3128/'],
    ['https://gitlab.test', {HTTPS_PROXY: ''}, undefined],
  ])('for %s with %j is %s', (target, more, expected) => {
    expect(through(target, more)).toBe(expected)
  })

  test('of a kind we cannot use is a problem that shows no password', () => {
    expect(proxyProblems({HTTPS_PROXY: 'socks5://u:canary@x', http_proxy: 'http://fine'})).toEqual([
      'HTTPS_PROXY is not the address of an http or https proxy',
    ])
  })
})

describe('addresses', () => {
  test.each([
    ['127.0.0.1', 'loopback'],
    ['127.255.0.1', 'loopback'],
    ['localhost.', 'loopback'],
    ['[::1]', 'loopback'],
    ['[::ffff:7f00:1]', 'loopback'],
    ['10.0.0.1', 'private'],
    ['172.31.0.1', 'private'],
    ['172.32.0.1', 'public'],
    ['192.168.1.1', 'private'],
    ['100.64.0.1', 'private'],
    ['[fd12::1]', 'private'],
    ['[fe80::1]', 'link-local'],
    ['169.254.1.1', 'link-local'],
    ['0.0.0.0', 'none'],
    ['[::]', 'none'],
    ['8.8.8.8', 'public'],
    ['gitlab.test', 'name'],
    ['127.0.0.1.test', 'name'],
  ])('%s is %s', (host, expected) => {
    expect(network(host)).toBe(expected)
  })

  test.each([
    '169.254.169.254',
    '[::ffff:a9fe:a9fe]',
    'metadata.google.internal',
    '100.100.100.200',
    '[fd00:ec2::254]',
    '168.63.129.16',
  ])('%s is never asked', (host) => expect(isMetadataAddress(host)).toBe(true))

  test('only what lies below the root of the API is home', () => {
    const home = new URL('https://gitlab.test/relative/api/v4')
    const at = (url: string): boolean => isHome(new URL(url), home)
    expect(at('https://gitlab.test/relative/api/v4/projects/1')).toBe(true)
    expect(at('https://gitlab.test:443/relative/api/v4/x')).toBe(true)
    for (const other of [
      'https://gitlab.test/relative/api/v4evil',
      'https://gitlab.test/relative/users/sign_in',
      'https://gitlab.test/relative/api/v4/../x',
      'http://gitlab.test/relative/api/v4/x',
      'https://gitlab.test./relative/api/v4/x',
      'https://gitlab.test:8443/relative/api/v4/x',
      'https://sub.gitlab.test/relative/api/v4/x',
      'https://xn--gitlb-8ta.test/relative/api/v4/x',
    ]) {
      expect(at(other)).toBe(false)
    }
  })

  test('https never leads to http, and https may lead anywhere but to metadata', () => {
    const home = new URL('https://gitlab.test/api/v4')
    const from = new URL('https://gitlab.test/api/v4/x')
    expect(() => nextAddress(from, 'http://gitlab.test/', home)).toThrow('from https to http')
    expect(nextAddress(from, 'https://10.0.0.5:9000/bucket', home).href).toBe('https://10.0.0.5:9000/bucket')
    expect(() => nextAddress(from, 'https://169.254.169.254/', home)).toThrow('metadata')
  })
})
