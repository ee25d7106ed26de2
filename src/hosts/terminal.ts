import {colours, noColours} from './colour.ts'
import type {Dialect} from './dialect.ts'
import type {Surroundings} from './host.ts'
import {plainDialect} from './plain.ts'

/** A person's terminal, or a pipe: colour and live lines only where they show. */
export function terminal({env, stdout, stderr}: Surroundings): Dialect {
  const shows = (stdout.isTTY === true && stderr.isTTY === true) || (env['FORCE_COLOR'] ?? '0') !== '0'
  const paint = shows && !env['NO_COLOR'] && env['TERM'] !== 'dumb' ? colours : noColours
  return {
    ...plainDialect('terminal', paint),
    openSection: (title) => ({name: '', text: `${paint('bold', title)}\n`}),
    closeSection: () => '',
  }
}
