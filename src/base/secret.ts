/**
 * What is wrong with a credential, as the rest of a sentence that tells nothing of it, or undefined. Visible ASCII without quotes and backslash
 * is allowed: anything else is a slip of a shell, and could break out of a header.
 */
export function secretProblem(text: string): string | undefined {
  if (/^[\x21\x23-\x26\x28-\x5b\x5d-\x5f\x61-\x7e]{1,16384}$/.test(text)) return undefined
  if (/^["'`]|["'`]$/.test(text)) return 'has quotes around it that belong to the shell, not to the token'
  return text === '' ? 'is empty' : 'holds a blank, a line break or another character that no token has'
}
