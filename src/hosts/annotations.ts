import {clean} from '../clean.ts'

interface Link {
  readonly external_link: {readonly label: string; readonly url: string}
}

const section = 'jobside'

/**
 * The report that puts a link to the job we dealt with on our own job's page, with the links of `existing` kept
 * (https://docs.gitlab.com/ci/yaml/artifacts_reports/#artifactsreportsannotations). Undefined if there is nothing to link to.
 */
export function annotationsReport(values: Readonly<Record<string, unknown>>, existing = ''): string | undefined {
  const url = httpUrl(values['webUrl'])
  if (url === undefined) return undefined
  const label = clean(values['jobName'] ?? values['name'] ?? 'Job', 200)
  const before = parse(existing)
  const links = [
    ...(before[section] ?? []).filter((link) => link.external_link?.url !== url),
    {external_link: {label, url}},
  ]
  return `${JSON.stringify({...before, [section]: links}, undefined, 2)}\n`
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
