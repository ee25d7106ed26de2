import {stripVTControlCharacters} from 'node:util'
import {noColours} from './colour.ts'
import type {Colour, Paint} from './colour.ts'
import type {Dialect} from './dialect.ts'
import type {HostKind} from './host.ts'

type Told = Parameters<Dialect['tell']>[0]
const looks: Readonly<Record<Exclude<Told, 'info'>, {readonly word: string; readonly colour: Colour}>> = {
  debug: {word: 'debug: ', colour: 'dim'},
  warn: {word: 'warning: ', colour: 'yellow'},
  error: {word: 'error: ', colour: 'red'},
}

/** Plain lines with a word in front: what terminals and GitLab's job logs have in common. */
export function plainDialect(kind: HostKind, paint: Paint): Pick<Dialect, 'kind' | 'paint' | 'tell' | 'foreign'> {
  return {
    kind,
    paint,
    tell(level, lines) {
      if (level === 'info') return joined(lines)
      const {word, colour} = looks[level]
      const [first = '', ...rest] = lines
      return joined([paint(colour, word) + (level === 'debug' ? paint('dim', first) : first), ...rest])
    },
    foreign: (lines) => joined(paint === noColours ? lines.map((line) => stripVTControlCharacters(line)) : lines),
  }
}

function joined(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join('')
}
