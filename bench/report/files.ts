import {readFileSync} from 'node:fs'
import path from 'node:path'
import {fillMarks} from '../../scripts/generate/marks.ts'
import {chartOf} from './chart.ts'
import {readResults} from './results.ts'
import {pageTables} from './tables.ts'

const page = 'docs/performance.md'

/** What is made from the kept results, by path from the root: the page, whose own words stay, and its picture. */
export function performanceFiles(root: string): readonly (readonly [file: string, content: string])[] {
  const results = readResults(root)
  return [
    [page, fillMarks(readFileSync(path.join(root, page), 'utf8'), pageTables(results))],
    ['docs/images/performance.svg', chartOf(results.artifacts)],
  ]
}
