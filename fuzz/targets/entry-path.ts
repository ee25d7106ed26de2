import {posix, win32} from 'node:path'
import {decodeName, foldKey, safePath} from '../../src/artifacts/zip/entry-path.ts'
import {defaultRules} from '../../src/artifacts/zip/rules.ts'
import {ActionError} from '../../src/base/errors.ts'
import {hold, type Target} from '../target.ts'

/** The first byte chooses the rules, the rest is the name as stored. */
export const entryPath: Target = {
  name: 'entry-path',
  about: 'an accepted name means the same file below any root, on POSIX and, by its rules, on Windows',
  seeds: [
    '\0a/b',
    '\x01../x',
    '\x02C:x',
    '\x04a\\b',
    '\x06.git/config',
    '\x01\xc3\xbc/\xe2\x80\xae',
    '\x02aux.txt',
    '\x03a//./b/',
  ].map((text) => Buffer.from(text, 'latin1')),
  words: ['..', '/', '\\', ':', '.git', 'GIT~1', 'con', 'LPT1', '\xe2\x80\x8b', '\xcc\x81', 'C:', '\0', '. ', '\xff'],
  run(input) {
    const mode = input[0] ?? 0
    const windows = (mode & 2) !== 0
    const rules = {...defaultRules, windows, allowBackslash: (mode & 4) !== 0}
    let path: string
    try {
      path = safePath(decodeName(input.subarray(1), {isUtf8: (mode & 1) !== 0, isUnix: (mode & 8) !== 0}) ?? '', rules)
    } catch (error) {
      if (!(error instanceof ActionError)) throw error
      return
    }
    hold(path !== '' && !/[\u0000-\u001f]/.test(path), 'empty or with control characters')
    hold(posix.join('/tree', path) === `/tree/${path}`, 'not what it seems on POSIX')
    hold(!path.toLowerCase().split('/').includes('.git'), 'leads into .git')
    hold(
      path.split('/').every((part) => Buffer.byteLength(part) <= 255),
      'a part too long',
    )
    hold(safePath(path, rules) === path, 'another path when read again')
    hold(foldKey(foldKey(path)) === foldKey(path), 'a key that is not its own key')
    if (windows) {
      hold(
        win32.resolve('C:\\root', path) === `C:\\root\\${path.replaceAll('/', '\\')}`,
        'not what it seems on Windows',
      )
      hold(!/[:*?"<>|\\]/.test(path), 'no name on Windows')
    }
  },
}
