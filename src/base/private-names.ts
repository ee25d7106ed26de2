/** `MACHINE-PID-RANDOM`, as the names of our private folders and locks carry it. */
export const ownerPattern = '[0-9a-f]{8}-\\d+-[0-9a-f]{8}'

const privateName = new RegExp(`^\\..*\\.(?:${ownerPattern}\\.d|jobside\\.lock(?:\\.${ownerPattern})?)$`, 's')

/** True for what runs of ours keep beside a destination, or inside it: private folders and locks, whoever's they are. */
export function isPrivate(name: string): boolean {
  return privateName.test(name)
}

/**
 * True for a part of a path that some file system takes for one of our private names: in other case, with trailing dots and blanks, as a
 * stream, with characters that are not seen. An archive that carries one could speak to the next run as if it were the last.
 */
export function passesForPrivate(part: string): boolean {
  const first = part.charCodeAt(0)
  if (first !== 0x2e && first < 0x80) return false
  const plain = part
    .replace(/\p{Default_Ignorable_Code_Point}/gu, '')
    .normalize('NFKC')
    .toUpperCase()
    .toLowerCase()
    .replace(/:.*$/s, '')
    .replace(/[. ]+$/, '')
  return isPrivate(plain)
}
