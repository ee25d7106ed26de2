import {clean} from '../base/clean.ts'

interface Link {
  readonly external_link: {readonly label: string; readonly url: string}
}

const section = 'jobside'

/**
 * The report that puts links to the jobs we dealt with on our own job's page, with the links of `existing` kept
 * (https://docs.gitlab.com/ci/yaml/artifacts_reports/#artifactsreportsannotations). Undefined if there is nothing to link to.
 */
export function annotationsReport(values: Readonly<Record<string, unknown>>, existing = ''): string | undefined {
  const found = linksOf(values)
  if (found.length === 0) return undefined
  const before = parse(existing)
  const urls = new Set(found.map((link) => link.external_link.url))
  const links = [...(before[section] ?? []).filter((link) => !urls.has(link.external_link?.url)), ...found]
  return `${JSON.stringify({...before, [section]: links}, undefined, 2)}\n`
}

/** Each of several jobs with its status, else the one job. */
function linksOf(values: Readonly<Record<string, unknown>>): readonly Link[] {
  const jobs = Array.isArray(values['jobs']) ? (values['jobs'] as readonly Readonly<Record<string, unknown>>[]) : []
  const several = jobs.flatMap((job) => link(job['label'] ?? job['name'], job['web_url'], job['status']))
  return several.length > 0 ? several : link(values['jobName'] ?? values['name'], values['webUrl'])
}

function link(name: unknown, target: unknown, status?: unknown): readonly Link[] {
  const url = httpUrl(target)
  const label = `${clean(name ?? 'Job', 200)}${typeof status === 'string' ? `: ${clean(status, 40)}` : ''}`
  return url === undefined ? [] : [{external_link: {label, url}}]
}

/** Only what a browser may safely open: GitLab shows the link to everyone who sees the job. */
function httpUrl(value: unknown): string | undefined {
  return typeof value === 'string' && URL.canParse(value) && /^https?:\/\//i.test(value) ? value : undefined
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
