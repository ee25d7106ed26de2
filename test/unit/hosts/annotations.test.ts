import {describe, expect, test} from '@jest/globals'
import {annotationsReport} from '../../../src/hosts/annotations.ts'

const link = (label: string, url: string) => ({external_link: {label, url}})
const job = (id: number, more = '') => ({id, name: `j${id}`, status: 'success', web_url: `https://h/${id}${more}`})
const jobs = (count: number, more?: string) => Array.from({length: count}, (_, index) => job(index + 1, more))
const sections = (count: number) =>
  Object.fromEntries(Array.from({length: count}, (_, index) => [`s${index}`, [link('x', `https://h/x/${index}`)]]))

function reportOf(values: Readonly<Record<string, unknown>>, existing?: object) {
  const {text = '', warnings = []} =
    annotationsReport(values, existing === undefined ? '' : `${JSON.stringify(existing)}\n`) ?? {}
  const report = JSON.parse(text) as Record<string, {external_link: {label: string; url: string}}[]>
  return {text, report, warnings}
}

describe('F4 an annotations report stays within what GitLab takes, and says what it leaves out', () => {
  test('1,000 links in a section are all there', () => {
    const {report, warnings} = reportOf({jobs: jobs(1_000)})
    expect({links: report['jobside']?.length, warnings}).toEqual({links: 1_000, warnings: []})
  })

  test('of more, the first 1,000', () => {
    const {report, warnings} = reportOf({jobs: jobs(1_003)})
    expect(report['jobside']).toHaveLength(1_000)
    expect(report['jobside']?.at(-1)).toEqual(link('j1000: success', 'https://h/1000'))
    expect(warnings).toEqual([expect.stringMatching(/^3 of 1003 links are left out/)])
  })

  test('links of an earlier run make room for those of this one', () => {
    const earlier = jobs(1_000).map(({id}) => link('old', `https://h/old/${id}`))
    const {report, warnings} = reportOf({jobs: jobs(2)}, {jobside: earlier})
    expect(report['jobside']).toHaveLength(1_000)
    expect(report['jobside']?.slice(0, 2).map(({external_link: {url}}) => url)).toEqual(['https://h/1', 'https://h/2'])
    expect(warnings).toEqual([expect.stringMatching(/^2 of 1002 links are left out/)])
  })

  test('19 sections of others leave room for ours, 20 leave none and stay as they are', () => {
    const room = reportOf({jobs: jobs(1)}, sections(19))
    expect({count: Object.keys(room.report).length, warnings: room.warnings}).toEqual({count: 20, warnings: []})
    const full = reportOf({jobs: jobs(1)}, sections(20))
    expect(full.report).toEqual(sections(20))
    expect(full.warnings).toEqual(['No links are added: the annotations report has 20 sections already.'])
  })

  test.each([
    ['long addresses', jobs(400, `/${'a'.repeat(1_000)}`), undefined],
    ['letters of several bytes', jobs(600).map((one) => ({...one, name: '🦊'.repeat(60)})), undefined],
    ['a large report of others', jobs(200), {theirs: [link('x'.repeat(75_000), 'https://h/x')]}],
  ])('80 KB are not passed by %s, nor left empty without need', (_, many, existing) => {
    const {text, report, warnings} = reportOf({jobs: many}, existing)
    const kept = report['jobside']?.length ?? 0
    const next = Buffer.byteLength(JSON.stringify(report['jobside']?.at(-1))) + 16
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(81_920)
    expect(Buffer.byteLength(text)).toBeGreaterThan(81_920 - next)
    expect(report).toMatchObject(existing ?? {})
    expect(warnings).toEqual([expect.stringContaining(`${many.length - kept} of ${many.length} links are left out`)])
  })

  test('a report of others that is too large already is not made larger by a link', () => {
    const existing = {theirs: [link('x'.repeat(90_000), 'https://h/x')]}
    const {report, warnings} = reportOf({jobs: jobs(3)}, existing)
    expect(report).toEqual({...existing, jobside: []})
    expect(warnings).toEqual([expect.stringContaining('3 of 3 links are left out')])
  })

  test('an address longer than GitLab takes is no link', () => {
    const at = (length: number) => `https://h/${'a'.repeat(length - 10)}`
    expect(annotationsReport({webUrl: at(2_049)})).toBeUndefined()
    expect(reportOf({webUrl: at(2_048)}).report['jobside']).toHaveLength(1)
  })
})
