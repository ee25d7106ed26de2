export type Colour = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'blue'
/** Puts a colour on text by SGR sequences, the only ones that GitLab's log shows, or leaves it as it is. */
export type Paint = (colour: Colour, text: string) => string

const codes: Readonly<Record<Colour, number>> = {bold: 1, dim: 2, red: 31, green: 32, yellow: 33, blue: 34}

export const colours: Paint = (colour, text) => (text === '' ? '' : `\x1b[${codes[colour]}m${text}\x1b[0m`)
export const noColours: Paint = (_, text) => text

/** The colour of a job's or pipeline's status where it stands alone. */
export function paintStatus(paint: Paint, text: string): string {
  const colour = statusColours.get(text.trim())
  return colour === undefined ? text : paint(colour, text)
}

const statusColours: ReadonlyMap<string, Colour> = new Map([
  ['success', 'green'],
  ['failed', 'red'],
  ['canceled', 'dim'],
  ['canceling', 'dim'],
  ['skipped', 'dim'],
  ['running', 'blue'],
  ['pending', 'yellow'],
  ['manual', 'yellow'],
])
