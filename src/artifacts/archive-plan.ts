import {tooManyBytes} from './remote/body.ts'
import type {OpenedArchive} from './remote/opened.ts'
import {tailBytes} from './remote/remote-archive.ts'
import {segmentsOf} from './unpack/segments.ts'
import type {Chosen} from './unpack/selection.ts'
import {joinFolders, type TreePlan} from './unpack/tree-plan.ts'
import {isLarge, type Segment} from './unpack/unpack.ts'
import {refuseFullDisk} from './unpack/write-plan.ts'
import {refuseTooLarge} from './zip/layout.ts'
import type {Rules} from './zip/rules.ts'

/** What is wanted of one archive, and what is still to be fetched for it. */
export interface Plan {
  readonly from: OpenedArchive
  readonly chosen: readonly Chosen[]
  /** They unpack to. */
  readonly bytes: number
  readonly segments: readonly Segment[]
  /** Bytes that are still to be fetched for them. */
  readonly missing: number
}

export function planOne(from: OpenedArchive, chosen: readonly Chosen[], rules: Rules): Plan {
  const bytes = refuseTooLarge(
    chosen.map(({entry}) => entry),
    rules,
  )
  const {archive, supply, single, counts} = from
  const segments = single ? [] : segmentsOf(chosen, archive.ends)
  const missing = single ? archive.bytes : supply ? segments.reduce((sum, {start, end}) => sum + end - start, 0) : 0
  counts.expectedBytes = single ? counts.bytes + missing : Math.min(archive.bytes, counts.bytes + missing)
  return {from, chosen, bytes, segments, missing}
}

/** Throws if it is more than the rules allow or the disk has room for: unpacked, or packed if it is only copied. */
export function refuseTooMuch(
  tree: TreePlan,
  plans: readonly Plan[],
  folder: string,
  rules: Rules,
  isCopied: boolean,
): void {
  const chosen = [...joinFolders(tree.parts.map(({plain}) => plain)), ...tree.parts.flatMap(({through}) => through)]
  const bytes = refuseTooLarge(
    chosen.map(({entry}) => entry),
    rules,
  )
  const missing = plans.reduce((sum, plan) => sum + plan.missing, 0)
  // What is chosen may be packed to more than it unpacks to.
  const mostMissing = rules.maxBytes + plans.length * tailBytes
  if (missing > mostMissing) throw tooManyBytes(missing, mostMissing)
  const made = isCopied ? chosen.reduce((sum, {entry}) => sum + entry.packedBytes, 0) : bytes
  refuseFullDisk(folder, made + missing)
}

/** Unpacked bytes that are worth a thread: large entries are unpacked as they come, beside threads, unless their archive is kept for its digest. */
export function bytesForThreads(plans: readonly Plan[], isKept: boolean): number {
  const chosen = plans.flatMap((plan) => plan.chosen)
  return chosen.reduce((sum, {entry}) => (isKept || !isLarge(entry) ? sum + entry.bytes : sum), 0)
}
