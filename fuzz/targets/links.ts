import {ActionError} from '../../src/base/errors.ts'
import {nextStep} from '../../src/gitlab/http/next-page.ts'
import {hold, type Target} from '../target.ts'

const first = [
  [
    ['per_page', '100'],
    ['scope[]', 'failed'],
  ],
  [
    ['per_page', '100'],
    ['pagination', 'keyset'],
    ['order_by', 'id'],
  ],
  [
    ['per_page', '100'],
    ['page', '7'],
  ],
] as const

/** The Link header, and after line ends the other two headers; the first byte chooses what was asked. */
export const links: Target = {
  name: 'links',
  about: 'a server can name a cursor or a later page and nothing else',
  seeds: [
    '\x01<https://gitlab.test/api/v4/projects/1/jobs?cursor=abc&per_page=100>; rel="next"',
    '\0<https://x/?page=2>; rel="next", <https://x/?page=9>; rel="last"\n3',
    '\x02</jobs?page=8>; rel=next; title="a"\n8\nxyz',
    '\x01\n\ncursor',
    '\0<a>;;;;;;;;;;rel=next',
  ].map((text) => Buffer.from(text, 'latin1')),
  words: ['<', '>', ';', ',', ' rel="next"', 'rel=next', 'page=', 'cursor=', '?', '&', '%', '%00', '9', '-1', '1e9'],
  run(input) {
    const query = first[(input[0] ?? 0) % first.length] ?? []
    const [link = '', page, cursor] = input.toString('latin1', 1).split('\n')
    const headers = {
      link,
      ...(page !== undefined && {'x-next-page': page}),
      ...(cursor !== undefined && {'x-next-cursor': cursor}),
    }
    try {
      const next = nextStep(query, headers)
      if (!next) return
      const others = (all: typeof next.query): string =>
        JSON.stringify(all.filter(([name]) => name !== 'page' && name !== 'cursor'))
      hold(others(next.query) === others(query), 'something else of the query has changed')
      hold(next.mark !== '', 'a page without a mark')
      const now = Number(query.find(([name]) => name === 'page')?.[1] ?? 1)
      hold(next.isKeyset || Number(next.mark) > now, 'a page that does not lead onwards')
    } catch (error) {
      if (!(error instanceof ActionError) || error.kind !== 'untrusted') throw error
    }
  },
}
