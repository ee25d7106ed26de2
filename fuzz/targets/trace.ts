import {cleanLogLines} from '../../src/base/clean.ts'
import {github} from '../../src/hosts/github.ts'
import {createRunnerLog} from '../../src/waiting/runner-log.ts'
import {hold, type Target} from '../target.ts'

const dialect = github({env: {}})

/** The first byte says where the log is cut into pieces, the rest is the log. */
export const trace: Target = {
  name: 'trace',
  about: 'a line of a log is one line, with colours and no other control, and no command for a runner',
  seeds: [
    '\x05\x1b[31;1mred\x1b[0m\nplain\r\n',
    '\x07section_start:1:name[collapsed=true]\r\x1b[0KHeader\nsection_end:1:name\r\x1b[0K',
    '\x03\x1b]8;;https://evil\x1b\\text\x1b]8;;\x07 \x1bPq\x9c \x9b1m',
    '\x01::error::x\n ::add-mask::y\n##[group]z\na ##vso[task]b\n::stop-commands::t',
    '\x02\xe2\x80\xa8\xe2\x80\xaex\xff\xfe\xc3',
    '\x042026-11-25T10:00:00.000000Z 01O 10%\r\n2026-11-25T10:00:00.000000Z 01O+20%\r\n2026-11-25T10:00:01.000000Z 01E x\n',
    '\x0910%\r20%\r\r30%\x1bc\x1b(0\x08',
  ].map((text) => Buffer.from(text, 'latin1')),
  words: [
    '\x1b[',
    '\x1b]',
    '\x1bP',
    '\x9b',
    '\x9d',
    '\x07',
    '\x1b\\',
    '\r',
    '\n',
    'section_start:',
    'section_end:1:',
    '::',
    '##[',
    '##vso[',
    '0m',
    '\xc2\x9b',
    '\xe2\x80\xa8',
    '\0',
    '\x1b[0K',
    '2026-11-25T10:00:00.000000Z 01O ',
    '2026-11-25T10:00:00.000000Z 01O+',
  ],
  run(input) {
    const reader = createRunnerLog()
    const step = (input[0] ?? 0) + 1
    const lines: string[] = []
    for (let at = 1; at < input.length; at += step)
      lines.push(...reader.push(input.subarray(at, at + step)).map(({text}) => text))
    lines.push(...reader.end().map(({text}) => text))
    const shown = cleanLogLines(lines)
    hold(shown.length >= lines.length, 'a line is lost')
    for (const line of shown) {
      const plain = line.replace(/\x1b\[[\d;:]*m/g, '')
      hold(
        !/[\u0000-\u0008\u000a-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/.test(plain),
        `a control is left in ${JSON.stringify(line)}`,
      )
      hold(line.length <= 66_000, 'a line too long')
    }
    const [start = '', ...rest] = dialect.foreign(shown).split('\n')
    const token = /^::stop-commands::([0-9a-f]{32})$/.exec(start)?.[1]
    hold(token !== undefined && rest.at(-2) === `::${token}::`, 'no fence')
    for (const line of rest.slice(0, -2)) {
      const plain = line.replace(/\x1b\[[\d;:]*m/g, '').trimStart()
      hold(!plain.startsWith('::') && !/##(?:\[|vso\[)/i.test(plain), `a command is left in ${JSON.stringify(line)}`)
    }
  },
}
