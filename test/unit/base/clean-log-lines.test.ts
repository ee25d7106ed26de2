import {expect, test} from '@jest/globals'
import {cleanLogLines} from '../../../src/base/clean.ts'

test.each([
  ['colours stay and are closed', '\x1b[31;1mred\x1b[0m', ['\x1b[31;1mred\x1b[0m\x1b[0m']],
  ['256 colours stay', '\x1b[38;5;1mx', ['\x1b[38;5;1mx\x1b[0m']],
  ['a carriage return starts a line', '10%\r20%\r\r30%\r', ['10%', '20%', '30%']],
  ['CRLF is one line end', 'a\r', ['a']],
  ['cursor movements go', '\x1b[2J\x1b[1;1Ha\x1b[Kb', ['ab']],
  ['private sequences go', '\x1b[?25la\x1b[>0m', ['a']],
  ['a title goes', '\x1b]0;evil\x07a', ['a']],
  ['a link goes and its text stays', '\x1b]8;;https://evil\x1b\\text\x1b]8;;\x1b\\', ['text']],
  ['the clipboard is left alone', 'a\x1b]52;c;ZXZpbA==\x07b', ['ab']],
  ['a control string without an end goes', 'a\x1bPevil', ['a']],
  ['8-bit controls go', 'a\x9b31mb\x9d0;x\x9cc\x85d', ['a\x1b[31mbcd\x1b[0m']],
  ['a reset of the terminal goes', '\x1bca', ['a']],
  ['a charset switch goes', '\x1b(0a', ['a']],
  ['a lone escape goes', 'a\x1b', ['a']],
  ['controls and NUL go, tabs stay', 'a\0\x07\b\tb', ['a\tb']],
  ['bidi controls and marks go', 'a\u202eb\u2066c\u200ed\u200fe\u061cf', ['abcdef']],
  ['a section start leaves its header', '\x1b[0Ksection_start:1:name[collapsed=true]\r\x1b[0KHeader', ['Header']],
  ['a section end leaves nothing', '\x1b[0Ksection_end:1:name\r\x1b[0K', ['']],
  ['a bare section end leaves nothing', 'section_end:1:name', ['']],
  ['text without controls is as it was', 'plain ünïcode 漢字 😀', ['plain ünïcode 漢字 😀']],
])('%s', (_, line, cleaned) => {
  expect(cleanLogLines([line])).toEqual(cleaned)
})

test('a line ends after 64 KiB', () => {
  expect(cleanLogLines(['x'.repeat(1_000_000)])[0]).toHaveLength(64 * 1024)
})
