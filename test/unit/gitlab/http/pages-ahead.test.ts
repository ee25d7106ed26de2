import {describe, expect, test} from '@jest/globals'
import type {Query} from '../../../../src/gitlab/http/next-page.ts'
import {readWhole, walk, type Page, type Walk} from '../../../../src/gitlab/http/pages.ts'
import type {FetchPage} from '../../../../src/gitlab/http/pages-ahead.ts'

interface Item {
  readonly id: number
}

const perPage = 3
const pageOf = (query: Query): number => Number(query.find(([name]) => name === 'page')?.[1] ?? 1)
const turns = async (count: number): Promise<void> => {
  for (let left = count; left > 0; left--) await new Promise((resolve) => setImmediate(resolve))
}

/** A list as GitLab serves it by numbers, at the moment that it is asked. */
function numbered(items: readonly Item[], page: number) {
  const pages = Math.max(1, Math.ceil(items.length / perPage))
  const next: Readonly<Record<string, string>> = page < pages ? {'x-next-page': String(page + 1)} : {}
  return {
    value: items.slice((page - 1) * perPage, page * perPage),
    headers: {'x-total-pages': String(pages), ...next},
  }
}

/** Serves a list, and tells what was asked, and how many questions were open at most. */
function server(answer: (query: Query) => Awaited<ReturnType<FetchPage<Item>>>, wait: () => number = () => 2) {
  const asked: number[] = []
  const aborted: number[] = []
  let [open, most] = [0, 0]
  const fetch: FetchPage<Item> = async (query, {signal, heard}) => {
    asked.push(pageOf(query))
    most = Math.max(most, ++open)
    signal.addEventListener('abort', () => aborted.push(pageOf(query)))
    await turns(wait())
    const found = answer(query)
    heard(found.headers)
    await turns(wait())
    open--
    return found
  }
  return {fetch, asked, aborted, most: () => most}
}

async function idsOf(pages: AsyncIterable<Page<Item>>): Promise<number[]> {
  const ids: number[] = []
  for await (const {items} of pages) ids.push(...items.map(({id}) => id))
  return ids
}

const thirty = Array.from({length: 30}, (_, index) => ({id: 30 - index}))
const order = thirty.map(({id}) => id)

describe('pages of a list that will be read to its end', () => {
  test('are asked for four at a time where the server tells how many there are, and come in their order', async () => {
    const {fetch, asked, most} = server(
      (query) => numbered(thirty, pageOf(query)),
      () => 1 + Math.floor(Math.random() * 5),
    )
    expect(await idsOf(walk([], {ahead: 'all'}, fetch))).toEqual(order)
    expect(asked.toSorted((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
    expect(most()).toBe(4)
  })

  test('are asked for by their cursor before the page that names it has been read', async () => {
    const events: string[] = []
    const fetch: FetchPage<Item> = async (query, {heard}) => {
      const at = Number(query.find(([name]) => name === 'cursor')?.[1] ?? 0)
      events.push(`ask ${at}`)
      heard(at < 2 ? {'x-next-cursor': String(at + 1)} : {})
      await turns(3)
      events.push(`read ${at}`)
      return {value: [{id: at}], headers: at < 2 ? {'x-next-cursor': String(at + 1)} : {}}
    }
    expect(await idsOf(walk([['pagination', 'keyset']], {ahead: 'keyset'}, fetch))).toEqual([0, 1, 2])
    expect(events.slice(0, 3)).toEqual(['ask 0', 'ask 1', 'ask 2'])
  })

  const oneByOne: readonly (readonly [string, Walk, Readonly<Record<string, string>>])[] = [
    ['unless only some pages are wanted', {limit: 9, ahead: 'all'}, {}],
    ['unless only cursors may be followed', {ahead: 'keyset'}, {}],
    ['unless few requests are left', {ahead: 'all'}, {'ratelimit-remaining': '1'}],
    ['unless nobody asked for it', {}, {}],
  ]
  test.each(oneByOne)('… %s', async (_when, how, headers) => {
    const {fetch, asked, most} = server((query) => {
      const found = numbered(thirty, pageOf(query))
      return {...found, headers: {...found.headers, ...headers}}
    })
    const ids = await idsOf(walk([], how, fetch))
    expect(ids).toEqual(order.slice(0, ids.length))
    expect(asked).toEqual(asked.toSorted((a, b) => a - b))
    expect(most()).toBe(1)
  })

  test('are let go when the reader has seen enough', async () => {
    const {fetch, asked, aborted} = server((query) => numbered(thirty, pageOf(query)))
    for await (const {items} of walk([], {ahead: 'all'}, fetch)) if (items.some(({id}) => id === 28)) break
    expect(aborted).toEqual(asked)
    await turns(10)
    expect(Math.max(...asked)).toBeLessThanOrEqual(5)
  })

  test('fail as a whole with the first that fails, in the order of the list', async () => {
    const {fetch} = server((query) => {
      if (pageOf(query) > 2) throw new Error(`no page ${pageOf(query)}`)
      return numbered(thirty, pageOf(query))
    })
    await expect(idsOf(walk([], {ahead: 'all'}, fetch))).rejects.toThrow('no page 3')
  })
})

/** The same numbers for the same seed. */
function random(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}

describe('a whole list', () => {
  test('has no hole, however it changes while several of its pages are on their way', async () => {
    let whole = 0
    for (let seed = 1; seed <= 300; seed++) {
      const next = random(seed)
      let items: readonly Item[] = Array.from({length: 4 + next(20)}, (_, index) => ({id: 100 - index}))
      let newest = 100
      let changes = next(4)
      const change = (): void => {
        if (changes === 0 || next(6) > 0) return
        changes--
        if (next(3) === 0) items = [{id: ++newest}, ...items]
        else items = items.toSpliced(next(items.length), 1)
      }
      const always = () => new Set(items.map(({id}) => id))
      const {fetch} = server(
        (query) => {
          change()
          const found = numbered(items, pageOf(query))
          change()
          return found
        },
        () => next(5),
      )
      const list = await readWhole(() => walk([], {ahead: 'all'}, fetch), undefined)
      if (list === undefined) continue
      whole++
      const seen = new Set(list.items.map(({id}) => id))
      // What is there after the last page was there all the time, but for what came meanwhile at the top.
      const missed = [...always()].filter((id) => id <= 100 && !seen.has(id))
      expect({seed, missed}).toEqual({seed, missed: []})
    }
    expect(whole).toBeGreaterThan(200)
  })
})
