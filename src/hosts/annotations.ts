import {clean} from '../base/clean.ts'
import {spanOfSeconds} from '../base/duration.ts'

interface Link {
  readonly external_link: {readonly label: string; readonly url: string}
}

const section = 'jobside'

/** What GitLab takes by default: links in a section (its schema), sections and bytes of a report (limits of the instance), letters of an address. */
const limits = {links: 1_000, sections: 20, bytes: 81_920, url: 2_048} as const

export interface AnnotationsReport {
  readonly text: string
  readonly warnings: readonly string[]
}

/**
 * The report that puts links to the jobs we dealt with on our own job's page, with the links of `existing` kept
 * (https://docs.gitlab.com/ci/yaml/artifacts_reports/#artifactsreportsannotations). Undefined if there is nothing to link to. GitLab fails the
 * user's job for a report beyond its limits, so what does not fit is left out, the links of others first of all kept.
 */
export function annotationsReport(
  values: Readonly<Record<string, unknown>>,
  existing = '',
): AnnotationsReport | undefined {
  const found = linksOf(values)
  if (found.length === 0) return undefined
  const before = parse(existing)
  const urls = new Set(found.map((link) => link.external_link.url))
  const links = [...found, ...(before[section] ?? []).filter((link) => !urls.has(link.external_link?.url))]
  const others = Object.entries(before).filter(([name]) => name !== section)
  if (others.length >= limits.sections) {
    return {
      text: existing,
      warnings: [`No links are added: the annotations report has ${others.length} sections already.`],
    }
  }
  const kept = fitting(links, limits.bytes - Buffer.byteLength(write(Object.fromEntries([...others, [section, []]]))))
  const left = links.length - kept.length
  return {
    text: write({...before, [section]: kept}),
    warnings:
      left === 0
        ? []
        : [`${left} of ${links.length} links are left out: GitLab takes no larger annotations report by default.`],
  }
}

/** The same report without our links, those of an earlier run. */
export function withoutOurLinks(existing: string): string {
  const {[section]: ours, ...others} = parse(existing)
  return ours === undefined ? existing : write(others)
}

function write(report: object): string {
  return `${JSON.stringify(report)}\n`
}

/** As many as may stand in one section and in the bytes that are left. */
function fitting(links: readonly Link[], bytes: number): readonly Link[] {
  let size = 0
  const end = links
    .slice(0, limits.links)
    .findIndex((link) => (size += Buffer.byteLength(JSON.stringify(link)) + 1) > bytes)
  return links.slice(0, end < 0 ? limits.links : end)
}

/** Each of several jobs with its status and times, else the one job. */
function linksOf(values: Readonly<Record<string, unknown>>): readonly Link[] {
  const jobs = Array.isArray(values['jobs']) ? (values['jobs'] as readonly Readonly<Record<string, unknown>>[]) : []
  const several = jobs.flatMap((job) => link(job['label'] ?? job['name'], job['web_url'], stateOf(job)))
  return several.length > 0 ? several : link(values['jobName'] ?? values['name'], values['webUrl'])
}

/** Such as ": success, queued 4s, ran 2m10s": a link has a label and nothing else, so that times are words and no table. */
function stateOf({status, queued_duration: queued, duration: ran}: Readonly<Record<string, unknown>>): string {
  const known = typeof status === 'string' ? [clean(status, 40)] : []
  const times = [
    ['queued', spanOfSeconds(queued)],
    ['ran', spanOfSeconds(ran)],
  ].flatMap(([word = '', time]) => (time === undefined ? [] : [`${word} ${time}`]))
  return known.length === 0 ? '' : `: ${[...known, ...times].join(', ')}`
}

function link(name: unknown, target: unknown, state = ''): readonly Link[] {
  const url = httpUrl(target)
  const label = `${clean(name ?? 'Job', 160)}${state}`
  return url === undefined ? [] : [{external_link: {label, url}}]
}

/** Only what a browser may safely open: GitLab shows the link to everyone who sees the job. */
function httpUrl(value: unknown): string | undefined {
  const isLink = typeof value === 'string' && URL.canParse(value) && /^https?:\/\//i.test(value)
  return isLink && value.length <= limits.url ? value : undefined
}

/** What is not a report is replaced, because GitLab would refuse it whole. */
function parse(existing: string): Record<string, Link[]> {
  try {
    const found: unknown = JSON.parse(existing)
    if (typeof found !== 'object' || found === null || Array.isArray(found)) return {}
    return Object.fromEntries(Object.entries(found).filter(([, links]) => Array.isArray(links)))
  } catch {
    return {}
  }
}
