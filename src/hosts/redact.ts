import {codedFormsOf, formsOf} from '../base/secret.ts'

/** Hides secrets in text. What it hides only ever grows. */
export interface Redactor {
  add(secrets: Iterable<string>): void
  /** Values that a person gave and that may be secret, such as variables of a job: hidden from the narrative, not from the outputs. */
  addValues(values: Iterable<string>): void
  /** The secrets alone. */
  readonly hide: (text: string) => string
  /** For the narrative: also whatever looks like a credential, and every query string. */
  redact(text: string): string
  /** The values alone: for what a server may have repeated. */
  readonly redactValues: (text: string) => string
}

const mask = '[MASKED]'

/** Knows no secret yet: each is added as it becomes known. */
export function createRedactor(): Redactor {
  const hidden = new Set<string>()
  let ordered: readonly string[] = []
  const values = new Set<string>()
  const hideValues = (text: string): string =>
    withoutCutEnds(
      [...values].reduce((shown, value) => shown.replace(patternOf(value), mask), text),
      values,
    )
  const hide = (text: string): string =>
    withoutCutEnds(
      ordered.reduce((shown, form) => shown.replaceAll(form, mask), text),
      ordered,
    )
  return {
    add(secrets) {
      for (const secret of secrets) for (const form of [...formsOf(secret), ...codedFormsOf(secret)]) hidden.add(form)
      // Longest first: otherwise a short secret inside a long one would leave the rest of the long one readable.
      ordered = [...hidden].sort((a, b) => b.length - a.length)
    },
    addValues(given) {
      const forms = [...given].flatMap((value) => (isTelling(value) ? formsOf(value) : []))
      for (const form of forms.sort((a, b) => b.length - a.length)) values.add(form)
    },
    hide,
    redact: (text) => withoutCredentials(hide(text)),
    redactValues: hideValues,
  }
}

/** What is told with an answer in it (`POST /path → 502 …`): the values are hidden in what follows its status, where a server is quoted. */
export function withoutQuotedValues(text: string, {redactValues}: Pick<Redactor, 'redactValues'>): string {
  return text.replace(/(?:→ \d{3}\b|\b(?:The server|GitLab) says: )[^]*/, redactValues)
}

/** A text is searched for as many cuts, from its end: a quotation is cut once, and a log may be nothing but ellipses. */
const mostCuts = 20
const longestCut = 4000

/** Hides the beginning of a secret where a quotation was cut in the middle of it. */
function withoutCutEnds(text: string, forms: Iterable<string>): string {
  let shown = text
  for (let at = text.length, left = mostCuts; left > 0 && (at = shown.lastIndexOf('…', at - 1)) > 0; left--) {
    const before = shown.slice(0, at)
    const cut = Math.max(0, ...[...forms].map((form) => lengthOfCut(before, form)))
    if (cut === 0) continue
    shown = `${before.slice(0, -cut)}${mask}${shown.slice(at)}`
    at -= cut
  }
  return shown
}

/** How many letters of the beginning of `form` stand at the end of a text; 0 for fewer than four, which stand anywhere. */
function lengthOfCut(text: string, form: string): number {
  for (let length = Math.min(form.length - 1, text.length, longestCut); length > 3; length--) {
    if (text.endsWith(form.slice(0, length))) return length
  }
  return 0
}

/** A number, a yes or a word of three letters stands everywhere, and hides nothing. */
function isTelling(value: string): boolean {
  return value.trim().length > 3 && !/^(?:true|false|null|none|\d{1,5})$/i.test(value.trim())
}

/** A short value only as a word of its own: else `prod` would also hide a part of `product`. */
function patternOf(value: string): RegExp {
  const literal = value.replace(/[$()*+.?[\\\]^{|}]/g, String.raw`\$&`)
  return new RegExp(value.length < 8 ? `(?<![\\p{L}\\d])${literal}(?![\\p{L}\\d])` : literal, 'gu')
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
