import {formsOf} from '../base/secret.ts'

/** Hides secrets in text. What it hides only ever grows. */
export interface Redactor {
  add(secrets: Iterable<string>): void
  /** The secrets alone. */
  readonly hide: (text: string) => string
  /** For the narrative: also whatever looks like a credential, and every query string. */
  redact(text: string): string
}

const mask = '[MASKED]'

export function createRedactor(): Redactor {
  const hidden = new Set<string>()
  let ordered: readonly string[] = []
  const hide = (text: string): string => ordered.reduce((shown, form) => shown.replaceAll(form, mask), text)
  return {
    add(secrets) {
      for (const secret of secrets) for (const form of formsOf(secret)) hidden.add(form)
      // Longest first: otherwise a short secret inside a long one would leave the rest of the long one readable.
      ordered = [...hidden].sort((a, b) => b.length - a.length)
    },
    hide,
    redact: (text) => withoutCredentials(hide(text)),
  }
}

/** Cuts what can authorise a request by its shape alone: queries and user parts of URLs, signature parameters, GitLab's own tokens. */
function withoutCredentials(text: string): string {
  return text
    .replace(/\b([a-z][a-z0-9+.-]{1,20}:\/\/)[^\s/?#@"'<>]*@/gi, `$1${mask}@`)
    .replace(/\bhttps?:\/\/[^\s"'<>]*/gi, withoutQuery)
    .replace(credentialParameter, `$1=${mask}`)
    .replace(/\bgl(?:pat|cbt|ptt|dt|rt|rtr|ft|imt|agent|soat|ffct|oas|tok)-[\w.-]{10,}/g, mask)
}

function withoutQuery(url: string): string {
  const at = url.indexOf('?')
  return at < 0 ? url : `${url.slice(0, at)}?…`
}

const credentialParameter =
  /\b((?:private|job|access|authenticity|rss)_token|x-(?:amz|goog)-[a-z-]{1,60}|signature|sig)=[^\s&"'<>]+/gi
