import {crc32} from 'node:zlib'
import {passesForPrivate} from '../../base/private-names.ts'
import {refuseEntry, type Fault, type Rules} from './rules.ts'

const utf8 = new TextDecoder('utf-8', {fatal: true, ignoreBOM: true})

/** What the directory says about the character set of a name. */
export interface NameHints {
  /** Flag 11. */
  readonly isUtf8: boolean
  /** Made on Unix or macOS, where names are bytes and by now mean UTF-8: Info-ZIP writes them so, without the flag. */
  readonly isUnix: boolean
  readonly unicodePath?: Buffer | undefined
}

/**
 * The name an entry has: UTF-8 where flagged, where the Unicode path field agrees with the bytes beside it, or where a Unix writer's bytes
 * are nothing else. A Unix writer's other bytes are of a Latin-1 locale, as nobody ever had code page 437 there; all others are of that code
 * page, as the format says. Undefined for flagged names that are not UTF-8.
 */
export function decodeName(bytes: Buffer, {isUtf8, isUnix, unicodePath}: NameHints): string | undefined {
  if (isUtf8) return tryUtf8(bytes)
  return (
    fromUnicodePath(bytes, unicodePath) ??
    (isUnix ? (tryUtf8(bytes) ?? tryLatin1(bytes)) : undefined) ??
    fromCp437(bytes)
  )
}

/** True if nothing says in which character set the name is, so that it may come out wrong. */
export function isGuessed(bytes: Buffer, {isUtf8, isUnix, unicodePath}: NameHints): boolean {
  return !isUtf8 && fromUnicodePath(bytes, unicodePath) === undefined && !(isUnix && tryUtf8(bytes) !== undefined)
}

/** Windows-1252 is what Latin-1 means by now. Undefined for bytes that stand for nothing in it. */
function tryLatin1(bytes: Uint8Array): string | undefined {
  const text = new TextDecoder('windows-1252').decode(bytes)
  return /[\u0080-\u009f]/.test(text) ? undefined : text
}

function tryUtf8(bytes: Uint8Array): string | undefined {
  try {
    return utf8.decode(bytes)
  } catch {
    return undefined
  }
}

/** The upper half of code page 437, the character set of zip names that carry no UTF-8 flag. */
const upperHalf =
  'ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u00a0'

function fromCp437(bytes: Uint8Array): string {
  let text = ''
  for (const byte of bytes) text += byte < 0x80 ? String.fromCharCode(byte) : upperHalf.charAt(byte - 0x80)
  return text
}

/** Info-ZIP's field 0x7075: version, CRC-32 of the plain name, name. A stale or broken one is ignored, as its definition says. */
function fromUnicodePath(plain: Buffer, field: Buffer | undefined): string | undefined {
  if (!field || field.length < 6 || field[0] !== 1 || field.readUInt32LE(1) !== crc32(plain)) return undefined
  return tryUtf8(field.subarray(5))
}

/** A name as it stands, and the path that it means below a folder, if it may mean one. */
export interface JudgedPath {
  /** Slash-separated, relative, no empty or "." components, no slash at the end; as it stands where that cannot be. */
  readonly path: string
  /** Why a file system could take it for anything else. */
  readonly fault: Fault | undefined
}

/** The path of an entry as we write it. What is wrong with it counts once somebody wants to write it. */
export function judgePath(name: string, rules: Rules): JudgedPath {
  const parts = name.split('/').filter((part) => part !== '' && part !== '.')
  const path = parts.join('/')
  const isSound = path !== '' && !name.startsWith('/')
  return {path: isSound ? path : name.replace(/(?<=.)\/+$/, ''), fault: faultOf(name, parts, path, rules)}
}

/** The same for a path that is wanted: throws if it is not what it seems. */
export function safePath(name: string, rules: Rules): string {
  const {path, fault} = judgePath(name, rules)
  if (fault) throw refuseEntry(path, fault)
  return path
}

/** Who allows deeper trees allows longer names with them: so many bytes for each folder. */
const pathBytesPerFolder = 4

function faultOf(name: string, parts: readonly string[], path: string, rules: Rules): Fault | undefined {
  if (/[\u0000-\u001f\u007f-\u009f]/.test(name)) return {why: 'has a control character in its name'}
  if (name.startsWith('/')) return {why: 'has an absolute name'}
  if (name.includes('\\') && (rules.windows || !rules.allowBackslash))
    return {why: 'has a backslash in its name', input: rules.windows ? undefined : '--allow-backslash'}
  if (path === '') return {why: 'has an empty name'}
  if (/^[a-z]:/i.test(path)) return {why: 'has a name that begins with a drive letter'}
  if (parts.length > rules.maxDepth)
    return {why: `lies deeper than ${rules.maxDepth} folders`, input: `--max-depth ${parts.length}`}
  const bytes = Buffer.byteLength(path)
  const mostBytes = Math.max(rules.maxPathBytes, rules.maxDepth * pathBytesPerFolder)
  if (bytes > mostBytes)
    return {
      why: `has a name longer than ${mostBytes} bytes`,
      input: `--max-depth ${Math.ceil(bytes / pathBytesPerFolder)}`,
    }
  for (const part of parts) {
    const why = faultOfPart(part, rules)
    if (why !== undefined) return {why}
  }
  return undefined
}

function faultOfPart(part: string, rules: Rules): string | undefined {
  if (part === '..') return 'has a ".." in its name'
  // Three bytes are the most that UTF-8 makes of one UTF-16 unit.
  if (part.length * 3 > rules.maxNameBytes && Buffer.byteLength(part) > rules.maxNameBytes)
    return `has a part longer than ${rules.maxNameBytes} bytes in its name`
  if (passesForPrivate(part)) return 'has a name that runs of jobside keep for themselves'
  if (!rules.allowGitFolder && isGitFolder(part)) return "would be written into a repository's .git folder"
  if (rules.windows && isBadOnWindows(part)) return 'has a name that Windows does not allow'
  return undefined
}

/** Also the spellings that Windows and macOS take for ".git": other case, trailing dots and spaces, short name, stream, zero-width characters. */
function isGitFolder(part: string): boolean {
  const first = part.charCodeAt(0)
  if (first !== 0x2e && first !== 0x67 && first !== 0x47 && first < 0x80) return false
  const plain = part
    .replace(/[\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]/g, '')
    .replace(/:.*$/, '')
    .replace(/[. ]+$/, '')
    .toLowerCase()
  return plain === '.git' || plain === 'git~1'
}

const deviceName = /^(?:con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³])(?:[ .:].*)?$/i

/** True for names that Windows refuses, or takes for a device, a stream, or another name. */
export function isBadOnWindows(part: string): boolean {
  return /[<>:"|?*]/.test(part) || /[. ]$/.test(part) || deviceName.test(part)
}

/** Names with the same key are one file where case or the composition of accents does not count. */
export function foldKey(path: string): string {
  return isAscii(path) ? path.toLowerCase() : path.normalize('NFC').toUpperCase().toLowerCase().normalize('NFC')
}

/** True for text that every character set of zip names writes alike. */
export function isAscii(text: string): boolean {
  return !/[^\u0000-\u007f]/.test(text)
}

/** Files that change how tools behave in the folder they lie in: worth a word, not a refusal. */
export function isSensitive(path: string): boolean {
  return /(?:^|\/)(?:\.gitlab-ci\.yml|\.npmrc|\.yarnrc(?:\.yml)?|\.env|\.netrc|\.gitattributes|\.gitmodules)$|(?:^|\/)\.ssh\//i.test(
    path,
  )
}
