import {secretProblem} from '../../base/secret.ts'

/** The two places for a credential. Each takes one kind and no other. */
export type Slot = 'job-token' | 'token'

/** What GitLab's and GitHub's prefixes say a token is. https://docs.gitlab.com/security/tokens/#token-prefixes */
const kinds: readonly (readonly [prefix: string, kind: string])[] = [
  ['glpat-', 'an access token'],
  ['glcbt-', 'a job token'],
  ['gldt-', 'a deploy token, which the API of jobs does not take'],
  ['glrt-', 'a token of a runner'],
  ['glrtr-', 'a registration token of runners'],
  ['glptt-', 'a trigger token, which can only start pipelines'],
  ['glft-', 'a feed token'],
  ['glimt-', 'a token for incoming mail'],
  ['glagent-', 'a token of an agent for Kubernetes'],
  ['glsoat-', 'a SCIM token'],
  ['glffct-', 'a token for feature flags'],
  ['gloas-', 'the secret of an OAuth application, not a token that it has got'],
  ['_gitlab_session=', 'a session cookie'],
  ['ghp_', "a token of GitHub's"],
  ['gho_', "a token of GitHub's"],
  ['ghs_', "a token of GitHub's"],
  ['ghu_', "a token of GitHub's"],
  ['github_pat_', "a token of GitHub's"],
]

const fits: Readonly<Record<Slot, string>> = {'job-token': 'glcbt-', token: 'glpat-'}
const advice: Readonly<Record<Slot, string>> = {
  'job-token': 'CI_JOB_TOKEN takes the job token that GitLab gives to each job',
  token: 'GITLAB_TOKEN takes a personal, project or group access token; without one, leave it out',
}

/** Shorter than anything that GitLab has ever made; hiding it in our output would hide innocent words. */
const shortest = 6

/**
 * What a credential shows of itself that makes asking with it pointless, as the rest of a sentence that tells nothing of its value; undefined if
 * it may be one of its slot.
 */
export function credentialProblem(slot: Slot, text: string, others: {readonly jobToken?: string | undefined} = {}) {
  const form = secretProblem(text)
  if (form !== undefined) return `is not a token: it ${form}`
  if (/^\$|^%[A-Za-z_]\w*%$|^\{\{|^<.*>$/.test(text)) {
    return 'holds a variable that nobody has put a value in for: does it exist, and may this job see it (protected, environment)?'
  }
  if (/^[A-Z][A-Z0-9_]*_TOKEN$/.test(text)) return 'holds the name of a variable, not its value'
  if (/^\[?masked\]?$/i.test(text) || /^(?:\*+|x+)$/i.test(text)) return 'holds a placeholder, not a token'
  if (text.length < shortest) return 'is too short to be a token'
  if (slot === 'token' && text === others.jobToken) {
    return `holds the job token, which is used by itself wherever GitLab takes one: ${advice.token}`
  }
  const [prefix, kind] = kinds.find(([start]) => text.startsWith(start)) ?? []
  return prefix === undefined || prefix === fits[slot] ? undefined : `holds ${kind}: ${advice[slot]}`
}

/**
 * Whether an access token is one of OAuth, which GitLab takes as Bearer only: as said, else by its form of 64 hexadecimal digits, which no
 * other token has.
 */
export function isOauth(token: string, isSaid: boolean): boolean {
  return isSaid || /^[0-9a-f]{64}$/.test(token)
}
