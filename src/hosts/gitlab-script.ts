import {colours, noColours} from './colour.ts'
import type {Dialect} from './dialect.ts'
import type {Surroundings} from './host.ts'
import {sectionMarkers} from './log-section.ts'
import {plainDialect} from './plain.ts'

/**
 * A line of a job's `script`. The log is no terminal but shows colours; it has sections; and it knows no way to mask a value at
 * run time, so a secret is never mentioned to it.
 */
export function gitlabScript({env}: Pick<Surroundings, 'env'>, date: () => Date): Dialect {
  const paint = env['NO_COLOR'] ? noColours : colours
  const markers = sectionMarkers(date)
  return {
    ...plainDialect('gitlab-script', paint),
    openSection(title) {
      const {name, marker} = markers.open(title)
      return {name, text: `${marker}${paint('bold', title)}\n`}
    },
    closeSection: (name) => markers.close(name),
  }
}
