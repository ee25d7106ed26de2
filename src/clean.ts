/**
 * Makes text from a server, an archive or the environment safe to show on one line: every control character, line separator,
 * bidi control, zero-width character and lone surrogate is shown as its code (`\x1b`, `\u202e`), and the rest is cut after `limit` characters.
 */
export function clean(text: unknown, limit = 300): string {
  const whole = typeof text === 'string' ? text : String(text)
  const shown = whole.slice(0, limit).replace(
    // oxlint-disable-next-line no-misleading-character-class
    /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g,
    escaped,
  )
  return whole.length > limit ? `${shown}…` : shown
}

function escaped(character: string): string {
  const code = character.charCodeAt(0)
  return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`
}
