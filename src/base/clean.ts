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

/**
 * Makes lines of a job's log safe to show in another log. Colours stay; every other escape sequence, control character and bidi
 * control goes, a carriage return starts a new line, and section markers vanish. A line ends after 64 KiB.
 */
export function cleanLogLines(lines: readonly string[]): readonly string[] {
  return lines.flatMap((line) => rows(line.replace(sectionMarker, ''))).map(cleanLogLine)
}

/** What stands before a carriage return is a row of its own. */
function rows(line: string): readonly string[] {
  const pieces = line.split(/\r+|\n/)
  return line.endsWith('\r') ? pieces.slice(0, -1) : pieces
}

const longestLogLine = 64 * 1024
// The lengths are bounded so that a line of nothing but beginnings of markers takes no time that grows with its square.
const sectionMarker = /(?:\x1b\[0?K)?section_(?:start|end):\d{1,20}:[^\r\n\x1b]{0,1000}(?:\r(?:\x1b\[0?K)?|$)/g
// Operating system commands, device control strings and their kin run to their terminator; a cut one runs to the end of the line.
const controlString = /(?:\x1b[\]PX^_]|[\x90\x98\x9d-\x9f])[^]*?(?:\x07|\x1b\\|\x9c|$)/g
const controlSequence = /(?:\x1b\[|\x9b)([0-?]*)[ -/]*([@-~]?)/g

function cleanLogLine(line: string): string {
  const coloured = line
    .slice(0, longestLogLine)
    .replace(controlString, '')
    .replace(controlSequence, (_, parameters: string, final: string) =>
      final === 'm' && /^[\d;:]*$/.test(parameters) ? `\u0000${parameters}m` : '',
    )
    .replace(/\x1b[ -/]*[0-~]?/g, '')
  const shown = coloured
    .replace(/[\u0001-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g, '')
    .replace(/\u0000(?:([\d;:]*)m)?/g, (_, parameters?: string) =>
      parameters === undefined ? '' : `\x1b[${parameters}m`,
    )
  // Without the reset a colour left open would run on over our own lines.
  return shown.includes('\x1b') ? `${shown}\x1b[0m` : shown
}
