/**
 * What is wrong with a credential, as the rest of a sentence that tells nothing of it, or undefined. Visible ASCII without quotes and backslash
 * is allowed: anything else is a slip of a shell, and could break out of a header.
 */
export function secretProblem(text: string): string | undefined {
  if (/^[\x21\x23-\x26\x28-\x5b\x5d-\x5f\x61-\x7e]{1,16384}$/.test(text)) return undefined
  if (/^["'`]|["'`]$/.test(text)) return 'has quotes around it that belong to the shell, not to the token'
  return text === '' ? 'is empty' : 'holds a blank, a line break or another character that no token has'
}

/** Of a secret that is looked for, in characters. */
const shortestForm = 4

/** A secret as it may show up in text: as it is, and URL-encoded, base64-encoded at each alignment, or escaped for JSON. */
export function formsOf(secret: string): readonly string[] {
  const trimmed = secret.trim()
  // Such a credential is refused; looking for it would find it in every word.
  if (trimmed.length < shortestForm) return []
  const plain = [secret, trimmed]
  const forms = plain.flatMap((text) => [
    text,
    encodeURIComponent(Buffer.from(text).toString()),
    new URLSearchParams({'': text}).toString().slice(1),
    JSON.stringify(text).slice(1, -1),
    ...base64Forms(text),
  ])
  return [...new Set(forms)].filter((form) => form !== '')
}

/** A secret whose every byte is spelt as a number, as a server may quote it: in hex, as `%67`, as an escape of JSON or of HTML. */
export function codedFormsOf(secret: string): readonly string[] {
  const bytes = [...Buffer.from(secret.trim())]
  if (bytes.length < shortestForm) return []
  const digits = bytes.map((byte) => byte.toString(16).padStart(2, '0'))
  const spelt = ['', '%', '\\u00', '\\x'].map((before) => digits.map((pair) => before + pair).join(''))
  const entities = [digits.map((pair) => `&#x${pair};`), bytes.map((byte) => `&#${byte};`)].map((all) => all.join(''))
  return [...spelt, ...entities].flatMap((form) => [form, form.replace(/[0-9a-f]{2}/g, (pair) => pair.toUpperCase())])
}

/** Base64 of `user:secret` shows the secret at any of three alignments; the letters that its neighbours decide are left off. */
function base64Forms(text: string): readonly string[] {
  const whole = Buffer.from(text)
  const shifted = [0, 1, 2].map((shift) => {
    const encoded = Buffer.concat([Buffer.alloc(shift), whole])
      .toString('base64')
      .replaceAll('=', '')
    const bits = (shift + whole.length) * 8
    return encoded.slice(Math.ceil((shift * 8) / 6), Math.floor(bits / 6))
  })
  // Below eight letters a form would also hide innocent words.
  return [whole.toString('base64'), ...shifted].flatMap((form) =>
    form.length < 8 ? [] : [form, form.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')],
  )
}

/** Whether a text holds one of the secrets, in any form and however often %-encoded, part of it or all. */
export function carriesSecret(text: string, secrets: readonly string[]): boolean {
  // Shorter ones would be found in innocent addresses.
  const long = secrets.filter((secret) => secret.length >= 8)
  const forms = long.flatMap((secret) => [...formsOf(secret), Buffer.from(secret).toString('hex')])
  let shown = text
  for (let layer = 0; layer < 4; layer++) {
    const searched = shown.toLowerCase()
    if (forms.some((form) => searched.includes(form.toLowerCase()))) return true
    shown = shown.replace(/%([0-9a-f]{2})/gi, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 16)))
  }
  return false
}
