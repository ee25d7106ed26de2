import type {Random} from './random.ts'

const edges = [0, 1, 2, 3, 8, 0x0a, 0x0d, 0x1b, 0x20, 0x22, 0x2e, 0x2f, 0x3a, 0x5c, 0x7f, 0x80, 0xfe, 0xff]

/** One to eight small changes of an input: bytes, numbers, pieces cut, doubled, moved, taken from others or from the dictionary. */
export function mutate(input: Buffer, others: readonly Buffer[], words: readonly Buffer[], random: Random): Buffer {
  let bytes = Buffer.from(input)
  for (let left = 1 + random.below(random.chance(3) ? 8 : 2); left > 0; left -= 1) {
    bytes = Buffer.from(change(bytes, others, words, random))
  }
  return bytes
}

function change(bytes: Buffer, others: readonly Buffer[], words: readonly Buffer[], random: Random): Uint8Array {
  const at = random.below(bytes.length + 1)
  const length = Math.min(1 + random.below(random.chance(4) ? 64 : 8), bytes.length - at)
  const put = (piece: Uint8Array, over = 0): Buffer =>
    Buffer.concat([bytes.subarray(0, at), piece, bytes.subarray(at + over)])
  switch (random.below(10)) {
    case 0:
      return flip(bytes, at, 1 << random.below(8))
    case 1:
      return put(byte(random.below(256)), 1)
    case 2:
      return put(byte(random.pick(edges)), random.below(2))
    case 3:
      return number(bytes, at, random)
    case 4:
      return put(Buffer.alloc(0), length)
    case 5:
      return put(bytes.subarray(at, at + length))
    case 6: {
      const from = random.below(bytes.length + 1)
      return put(bytes.subarray(from, from + length), length)
    }
    case 7: {
      const other = random.pick(others)
      const from = random.below(other.length + 1)
      return put(other.subarray(from, from + 1 + random.below(64)), random.chance(2) ? length : 0)
    }
    default:
      return words.length === 0 ? flip(bytes, at, 0xff) : put(random.pick(words), random.chance(2) ? length : 0)
  }
}

function byte(value: number): Buffer {
  return Buffer.from([value])
}

function flip(bytes: Buffer, at: number, mask: number): Buffer {
  const index = Math.min(at, bytes.length - 1)
  if (index >= 0) bytes[index] = (bytes[index] ?? 0) ^ mask
  return bytes
}

/** Overwrites 2, 4 or 8 bytes by a number at the edge of something. */
function number(bytes: Buffer, at: number, random: Random): Buffer {
  const size = random.pick([2, 4, 8])
  if (at + size > bytes.length) return bytes
  const old = size === 2 ? bytes.readUInt16LE(at) : bytes.readUInt32LE(at)
  const value = random.pick([0, 1, 0x7fff, 0xffff, 0x7fffffff, 0xffffffff, old + 1, old - 1, bytes.length, at])
  if (size === 2) bytes.writeUInt16LE(value & 0xffff, at)
  else if (size === 4) bytes.writeUInt32LE(value >>> 0, at)
  else bytes.writeBigUInt64LE(BigInt.asUintN(64, BigInt(value)), at)
  return bytes
}
