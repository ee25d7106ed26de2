import {tmpdir} from 'node:os'
import {zip, type RawEntry} from '../support/zip.ts'
import {file, link, unicodeField} from './entries.ts'

/** Each means the next one twice: a reader that followed them all would never end. */
const doubling = Array.from({length: 60}, (_, index) => link(`l${index}`, `l${index + 1}/../l${index + 1}`))

/** An archive that must be refused, and what the refusal must say. */
export type Refused = readonly [what: string, bytes: Buffer, why: string]

const rows: readonly (readonly [what: string, entries: readonly RawEntry[], why: string])[] = [
  ['H01 a name that climbs', [file('../x')], '".." in its name'],
  ['H01 a name that climbs in its middle', [file('a/../../x')], '".." in its name'],
  ['H02 an absolute name', [file('/abs')], 'absolute name'],
  ['H02 a name of another host', [file('//host/x')], 'absolute name'],
  ['H03 a name that climbs by backslash', [file('..\\x')], 'backslash'],
  ['H03 a backslash', [file('a\\b')], 'backslash'],
  ['H04 a drive', [file('C:x')], 'drive letter'],
  ['H04 a path on a drive', [file('C:/x')], 'drive letter'],
  ['H04 a path on a drive behind what is dropped', [file('.//./C:/x')], 'drive letter'],
  ['H04 a device path', [file('\\\\?\\x')], 'backslash'],
  ['H04 what may be a drive or a stream', [file('a:b')], 'drive letter'],
  ['H05 an absolute link and a file through it', [link('x', tmpdir()), file('x/y')], 'absolute path'],
  ['H06 a link out and a file through it', [link('x', '../..'), file('x/y')], 'leaves the folder'],
  ['H07 a link to a system file', [link('x', '/etc/passwd')], 'absolute path'],
  ['H08 a link and a file of one name', [link('x', 'y'), file('x')], 'occurs twice'],
  ['H09 a chain of links that leaves', [link('a', 'b'), link('b', '..')], 'leaves the folder'],
  ['H09 links in a circle', [link('l1', 'l2'), link('l2', 'l1')], 'in a circle'],
  ['H09 a link to itself', [link('l', 'l')], 'in a circle'],
  ['H09 a link through another that leaves', [link('d/e/l', '../..'), link('a', 'd/e/l/..')], 'leaves the folder'],
  ['H09 a link up from what another leads to', [link('s', '.'), link('a', 's/..')], 'leaves the folder'],
  ['H09 a link up from what is not there', [link('a', 'gone/../x')], '".." after what is no folder'],
  ['H09 a link up from a file', [file('f'), link('a', 'f/../x')], 'through a file'],
  ['H09 a link through a circle', [link('l1', 'l2/x'), link('l2', 'l1')], 'in a circle'],
  ['H09 links that double', doubling, 'in a circle'],
  ['H09 a link below a link', [{name: 'd/'}, link('l', 'd'), link('l/m', '..')], 'below another link'],
  ['H09 a file through a chain that leaves', [link('a', 'b'), link('b', '..'), file('a/x')], 'leaves the folder'],
  ['H09 a file through a link to .git', [link('a', '.git'), file('a/hooks/x')], '.git folder, through a link'],
  ['H09 another file through a link', [file('d/f', '1'), link('l', 'd'), file('l/f', '2')], 'through a link'],
  ['H09 a file through a link to a file', [file('f'), link('l', 'f'), file('l/x')], 'through a file'],
  ['H11 a link of 100 KB', [link('a', 'b/'.repeat(50_000))], 'longer than'],
  ['H11 a link with a NUL', [link('a', 'b\0c')], 'control character'],
  ['H11 a link with a line break', [link('a', 'b\nc')], 'control character'],
  ['H11 a link to nothing', [link('a', '')], 'link to nothing'],
  ['H13 a name twice with other content', [file('a', '1'), file('a', '2')], 'occurs twice'],
  ['H13 a name twice with the same content', [file('a'), file('a')], 'occurs twice'],
  ['H14 a file that is also a folder', [file('a'), file('a/b')], 'also a file'],
  ['H14 a folder that is also a file', [file('a/b'), file('a')], 'both a file and a folder'],
  ['H15 names that differ in case', [file('A.txt'), file('a.txt')], 'only in case'],
  ['H15 names that differ in composition', [file('\u00e9'), file('e\u0301')], 'only in case'],
  ['H16 an empty name', [file('')], 'empty name'],
  ['H16 the folder itself', [file('.')], 'empty name'],
  ['H16 the folder itself with a slash', [file('./')], 'empty name'],
  ['H16 one name in two spellings', [file('a/b'), file('a//b')], 'occurs twice'],
  ['H16 one name with a dot', [file('a/b'), file('a/./b')], 'occurs twice'],
  ['H17 a NUL', [file('a\0b')], 'control character'],
  ...['\x1b', '\x07', '\r', '\n', '\x7f', '\u0085'].map(
    (character) =>
      [`H18 the control character ${character.charCodeAt(0)}`, [file(`a${character}b`)], 'control character'] as const,
  ),
  ['H20 a name that claims UTF-8', [{name: Buffer.from([0x61, 0xff]), flags: 0x800, content: 'x'}], 'not the UTF-8'],
  [
    'H20 a Unicode path that climbs',
    [{...file('a'), centralExtra: unicodeField(Buffer.from('a'), '../\u00e4')}],
    '".." in its name',
  ],
  [
    'H20 a Unicode path beside a plain name that climbs',
    [{...file('../a'), centralExtra: unicodeField(Buffer.from('../a'), '\u00e4')}],
    '".." in its name',
  ],
  [
    'H20 two Unicode paths',
    [
      {
        ...file('a'),
        centralExtra: Buffer.concat([unicodeField(Buffer.from('a'), 'a'), unicodeField(Buffer.from('a'), 'b')]),
      },
    ],
    'the same extra field twice',
  ],
  [
    'H20 a Unicode path of another plain name',
    [{...file('a'), centralExtra: unicodeField(Buffer.from('a'), 'b')}],
    'is also named',
  ],
  ['H21 a part of 300 bytes', [file('n'.repeat(300))], 'longer than 255'],
  ['H21 a path beyond 1,024 bytes', [file(`${'d'.repeat(200)}/`.repeat(6) + 'f')], 'longer than 1024'],
  ['H21 folders 3,000 deep', [file(`${'d/'.repeat(3000)}f`)], 'deeper than 256'],
  ...['.git/hooks/x', '.GIT/config', '.git./x', 'a/.git/x', 'git~1/x', '.g\u200bit/x', '.git'].map(
    (name) => [`H23 ${JSON.stringify(name)}`, [file(name)], '.git folder'] as const,
  ),
  ...[0o010644, 0o140644, 0o020644, 0o060644].map(
    (mode) =>
      [
        `H25 the type ${mode.toString(8)}`,
        [{...file('x'), unixMode: mode}],
        'neither a file, a folder nor a link',
      ] as const,
  ),
  ['H25 a folder by its mode alone', [{...file('x', ''), unixMode: 0o40755}], 'but not by its name'],
]

/** Archives refused for a name or a type. Tried on the engine and on the built bundle. */
export const refusedNames: readonly Refused[] = rows.map(([what, entries, why]) => [what, zip(entries), why])
