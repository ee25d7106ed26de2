/** Marks the place in Node's executable that says whether it carries an application: `:0` without, `:1` with one. */
export const fuse = 'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2'

const elf = new Map([
  [62, 'linux-x64'],
  [183, 'linux-arm64'],
])
const mach = new Map([
  [0x0100_0007, 'macos-x64'],
  [0x0100_000c, 'macos-arm64'],
])
const windows = new Map([
  [0x8664, 'windows-x64'],
  [0xaa64, 'windows-arm64'],
])

/** What machine an executable is for, such as linux-x64, linux-x64-musl, macos-arm64 or windows-x64; undefined where its header says none of them. */
export function machineOf(program: Buffer): string | undefined {
  if (program.length < 0x40) return undefined
  if (program.readUInt32BE(0) === 0x7f45_4c46) {
    const machine = elf.get(program.readUInt16LE(18))
    return machine !== undefined && program.includes('/lib/ld-musl-') ? `${machine}-musl` : machine
  }
  if (program.readUInt32LE(0) === 0xfeed_facf) return mach.get(program.readUInt32LE(4))
  const at = program.readUInt32LE(0x3c)
  const isPortable = program.toString('latin1', 0, 2) === 'MZ' && program.toString('latin1', at, at + 4) === 'PE\0\0'
  return isPortable ? windows.get(program.readUInt16LE(at + 4)) : undefined
}

/** The version that a Node of any machine carries in its text, as part of the address of its source. */
export function nodeVersionOf(program: Buffer): string | undefined {
  return /\/node-(v\d+\.\d+\.\d+)\.tar/.exec(program.toString('latin1'))?.[1]
}
