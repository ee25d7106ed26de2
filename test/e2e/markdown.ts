import {readdir, readFile} from 'node:fs/promises'
import path from 'node:path'

/** A fenced block of a page. */
export interface Fence {
  readonly page: string
  readonly line: number
  readonly language: string
  readonly text: string
  /** Why it is not executed: the comment `<!-- not executed: reason -->` right above it. */
  readonly excuse: string | undefined
  /** The last comment `<!-- sandbox: WORLD -->` above it: a built-in world or a file. */
  readonly world: string
}

/** The README and every page of docs/. */
export async function pages(root: string): Promise<readonly string[]> {
  const docs = (await readdir(path.join(root, 'docs'))).filter((name) => name.endsWith('.md'))
  return ['README.md', ...docs.map((name) => `docs/${name}`)]
}

export async function fencesOf(root: string, page: string): Promise<readonly Fence[]> {
  const lines = (await readFile(path.join(root, page), 'utf8')).split('\n')
  const fences: Fence[] = []
  let world = 'main'
  let start: number | undefined
  lines.forEach((line, at) => {
    if (start === undefined) {
      world = /^<!-- sandbox: (\S+) -->$/.exec(line)?.[1] ?? world
      if (line.startsWith('```')) start = at
    } else if (line === '```') {
      const above = lines.slice(0, start).findLast((text) => text.trim() !== '') ?? ''
      fences.push({
        page,
        line: start + 1,
        language: lines[start]?.slice(3).trim() ?? '',
        text: lines.slice(start + 1, at).join('\n'),
        excuse: /^<!-- not executed: (.+) -->$/.exec(above)?.[1],
        world,
      })
      start = undefined
    }
  })
  if (start !== undefined) throw new Error(`${page}:${start + 1}: a fence without an end`)
  return fences
}

/** Where links to other pages and files lead, as written. */
export async function localLinks(root: string, page: string): Promise<readonly string[]> {
  const text = (await readFile(path.join(root, page), 'utf8')).replace(/^```.*?^```/gms, '')
  return [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target).filter((at) => !/^[a-z]+:/.test(at))
}

/** The anchors that a page's headings have on GitLab and GitHub. */
export async function anchorsOf(root: string, page: string): Promise<readonly string[]> {
  const text = (await readFile(path.join(root, page), 'utf8')).replace(/^```.*?^```/gms, '')
  return [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .trim()
      .replace(/\s/g, '-'),
  )
}
