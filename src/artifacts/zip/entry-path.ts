import {crc32} from 'node:zlib'
import {passesForPrivate} from '../../base/private-names.ts'
import {fromCp437} from './cp437.ts'
import {badEntry, type Rules} from './rules.ts'

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
 * are nothing else; else code page 437, as the format says. Throws for flagged names that are not UTF-8.
 */
export function decodeName(bytes: Buffer, {isUtf8, isUnix, unicodePath}: NameHints): string {
  if (isUtf8)
    return tryUtf8(bytes) ?? refuse(bytes.toString('latin1'), 'has a name that is not the UTF-8 it claims to be')
  return fromUnicodePath(bytes, unicodePath) ?? (isUnix ? tryUtf8(bytes) : undefined) ?? fromCp437(bytes)
}

function tryUtf8(bytes: Uint8Array): string | undefined {
  try {
    return utf8.decode(bytes)
  } catch {
    return undefined
  }
}

/** Info-ZIP's field 0x7075: version, CRC-32 of the plain name, name. A stale or broken one is ignored, as its definition says. */
function fromUnicodePath(plain: Buffer, field: Buffer | undefined): string | undefined {
  if (!field || field.length < 6 || field[0] !== 1 || field.readUInt32LE(1) !== crc32(plain)) return undefined
  return tryUtf8(field.subarray(5))
}

/**
 * The path of an entry as we write it: slash-separated, relative, no empty or "." components, no slash at the end.
 * Throws if a file system could take it for anything else.
 */
export function safePath(name: string, rules: Rules): string {
  if (/[\u0000-\u001f\u007f-\u009f]/.test(name)) refuse(name, 'has a control character in its name')
  if (name.startsWith('/')) refuse(name, 'has an absolute name')
  if (name.includes('\\') && (rules.windows || !rules.allowBackslash)) refuse(name, 'has a backslash in its name')
  const parts = name.split('/').filter((part) => part !== '' && part !== '.')
  const path = parts.join('/')
  if (path === '') refuse(name, 'has an empty name')
  if (/^[a-z]:/i.test(path)) refuse(name, 'has a name that begins with a drive letter')
  if (parts.length > rules.maxDepth) refuse(name, `lies deeper than ${rules.maxDepth} folders`)
  if (Buffer.byteLength(path) > rules.maxPathBytes) refuse(name, `has a name longer than ${rules.maxPathBytes} bytes`)
  for (const part of parts) checkPart(part, name, rules)
  return path
}

function checkPart(part: string, name: string, rules: Rules): void {
  if (part === '..') refuse(name, 'has a ".." in its name')
  // Three bytes are the most that UTF-8 makes of one UTF-16 unit.
  if (part.length * 3 > rules.maxNameBytes && Buffer.byteLength(part) > rules.maxNameBytes) {
    refuse(name, `has a part longer than ${rules.maxNameBytes} bytes in its name`)
  }
  if (passesForPrivate(part)) refuse(name, 'has a name that runs of jobside keep for themselves')
  if (isGitFolder(part)) refuse(name, "would be written into a repository's .git folder")
  if (rules.windows && isBadOnWindows(part)) refuse(name, 'has a name that Windows does not allow')
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

function refuse(name: string, why: string): never {
  throw badEntry(name, why)
}
