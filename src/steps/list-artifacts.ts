import type {Context} from '../command/action.ts'
import {listEntries} from '../artifacts/list.ts'
import {filterEntries} from '../artifacts/unpack/selection.ts'
import {ActionError} from '../base/errors.ts'
import type {GitLab} from '../gitlab/http/client.ts'
import {artifactsTree} from '../gitlab/api/endpoints.ts'
import type {FoundJob, TreeEntry} from '../gitlab/api/types.ts'
import {addressOf, readingBy, sourceOf} from './archive-source.ts'

/** Of GitLab's tree, in pages of 100 entries. */
const mostPages = 2_000
/** Of a directory that is only listed. */
const mostEntries = 300_000

interface ListInputs {
  readonly files: readonly string[]
  readonly allowUnmatched: boolean
  readonly maxBytes: number
}

/**
 * The entries of a job's artifacts, sorted by path: by GitLab's tree (18.8), else out of the archive's own directory, which gives the same rows.
 * With patterns, files alone; each pattern
 * must fit something unless that is allowed.
 */
export async function listArtifacts(
  {gitlab, clock, signal, log}: Pick<Context<unknown>, 'gitlab' | 'clock' | 'signal' | 'log'>,
  found: FoundJob,
  {files, allowUnmatched, maxBytes}: ListInputs,
): Promise<readonly TreeEntry[]> {
  const tree = await readTree(gitlab, found)
  const entries =
    tree ??
    (
      await listEntries({
        ...sourceOf(found, gitlab),
        ...readingBy(gitlab),
        rules: {maxBytes, maxFiles: mostEntries},
        clock,
        signal,
        warn: (text) => log.warn(text),
        tell: (text) => log.info(text),
      })
    ).entries
  const [matching = []] = filterEntries([{entries}], {files, allowUnmatched})
  return files.length === 0 ? matching : matching.filter(({type}) => type === 'file')
}

/** Undefined where GitLab has no tree: the route is unknown, or the archive came without metadata. */
async function readTree(gitlab: GitLab, found: FoundJob): Promise<readonly TreeEntry[] | undefined> {
  if (gitlab.choose('artifacts-tree').kind === 'refused') return undefined
  const entries: TreeEntry[] = []
  let count = 0
  try {
    const pages = gitlab.pages(artifactsTree({...addressOf(found), recursive: true}), {limit: mostPages})
    for await (const page of pages) {
      entries.push(...page)
      count += 1
    }
  } catch (error) {
    if (error instanceof ActionError && (error.status === 404 || error.kind === 'untrusted')) return undefined
    throw error
  }
  // The end of the pages that are read is no end of the tree.
  if (count >= mostPages) return undefined
  return entries.toSorted((a, b) => (a.path < b.path ? -1 : 1))
}
