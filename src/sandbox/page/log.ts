import {element, type Content, type Element} from './element.ts'

/** The end of a log is what people look for. */
const mostLines = 1000
const mostBytes = 512 * 1024

const stamp = /^\d{4}-\d\d-\d\dT[\d:.]+Z \d\d[OE]([ +])/
const colours = ['black', 'red', 'green', 'yellow', 'blue', 'magenta', 'cyan', 'white']

/** The end of a log as a terminal would show it: without the runner's stamps and section marks, with its colours. */
export function logElement(log: Buffer): Element {
  const text = log.subarray(Math.max(0, log.length - mostBytes)).toString()
  const lines = joined(text.replace(/\n$/, '').split('\n'))
  const shown = lines.slice(-mostLines)
  const isCut = shown.length < lines.length || log.length > mostBytes
  return element(
    'pre',
    {class: 'log', tabindex: '0', 'aria-label': 'Log'},
    isCut && element('span', {class: 'quiet'}, `… the last ${shown.length} lines; all of it is in the raw log\n`),
    shown.flatMap((line) => [...coloured(lastWritten(line)), '\n']),
  )
}

/** Lines without stamps; a plus in a stamp says that the line goes on. */
function joined(lines: readonly string[]): readonly string[] {
  const whole: string[] = []
  for (const line of lines) {
    const isMore = stamp.exec(line)?.[1] === '+'
    const text = line.replace(stamp, '')
    if (isMore && whole.length > 0) whole.push(`${whole.pop() ?? ''}${text}`)
    else whole.push(text)
  }
  return whole
}

/** What a carriage return has left of a line. */
function lastWritten(line: string): string {
  const pieces = line
    .replace(/section_(?:start|end):\d+:[\w.-]+(?:\[[^\]]*\])?\r(?:\u001b\[0K)*/g, '')
    .replace(/\r+$/, '')
    .split('\r')
  return pieces.at(-1) ?? ''
}

function coloured(line: string): readonly Content[] {
  const pieces = line.split(/\u001b\[([\d;]*)([A-Za-z])/)
  const contents: Content[] = []
  let codes: readonly string[] = []
  for (let at = 0; at < pieces.length; at += 3) {
    if (pieces[at - 1] === 'm') codes = changed(codes, pieces[at - 2] ?? '')
    const text = pieces[at] ?? ''
    if (text !== '') contents.push(codes.length === 0 ? text : element('span', {class: codes.join(' ')}, text))
  }
  return contents
}

function changed(look: readonly string[], codes: string): readonly string[] {
  let next = look
  for (const code of codes.split(';').map(Number)) {
    const colour = colours[code >= 90 ? code - 90 : code - 30]
    if (code === 0) next = []
    else if (code === 1) next = [...next.filter((name) => name !== 'bold'), 'bold']
    else if (colour !== undefined) next = [...next.filter((name) => !name.startsWith('ink-')), `ink-${colour}`]
  }
  return next
}
