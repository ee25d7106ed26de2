import {ActionError} from '../../src/base/errors.ts'
import {compileGlob} from '../../src/base/glob.ts'
import {hold, type Target} from '../target.ts'

/** Pattern and name, between them a NUL. */
export const glob: Target = {
  name: 'glob',
  about: 'a pattern is refused or answers, as a regular expression would where one can say the same',
  seeds: [
    'dist/**\0dist/a/b',
    '*.{js,ts}\0a.ts',
    '[!a-c]?\0dx',
    '**/x\0a/b/x',
    '{a,{b,c}}*\0bz',
    '\\*\0*',
    '{a,b\0a',
    '[z-a]\0b',
    '*a*a*a*b\0aaaaaaaaaaaa',
  ].map((text) => Buffer.from(text, 'latin1')),
  words: ['**', '**/', '*', '?', '[', ']', '[!', '{', '}', ',', '\\', '/', '-', '\0', '{{{{{{{{'],
  run(input) {
    const text = input.toString('utf8')
    const at = text.indexOf('\0')
    const [pattern, name] = at < 0 ? [text, 'a/b'] : [text.slice(0, at), text.slice(at + 1)]
    try {
      const isMatch = compileGlob(pattern)(name)
      compileGlob(pattern, {slashes: 'cross'})(name)
      const [wanted] = [asRegExp(pattern)]
      if (wanted)
        hold(isMatch === wanted.test(name), `${JSON.stringify(pattern)} of ${JSON.stringify(name)}: ${isMatch}`)
      const literal = name.replace(/[*?[\]{}\\,]/gu, String.raw`\$&`)
      if (name !== '' && literal.length <= 1_000)
        hold(compileGlob(literal)(name), `${JSON.stringify(literal)} does not match itself`)
    } catch (error) {
      if (!(error instanceof ActionError) || error.kind !== 'usage') throw error
    }
  },
}

/** Only for patterns that need no automaton, and few stars, which a regular expression pays for dearly. */
function asRegExp(pattern: string): RegExp | undefined {
  if (pattern.length > 30 || /\*\*|[[\]{}\\]/.test(pattern) || pattern.split('*').length > 4) return undefined
  const source = pattern
    .replace(/[.+^$()|/]/g, String.raw`\$&`)
    .replaceAll('*', '[^/]*')
    .replaceAll('?', '[^/]')
  return new RegExp(`^${source}$`, 'us')
}
