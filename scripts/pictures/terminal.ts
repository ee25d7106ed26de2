import {stripVTControlCharacters} from 'node:util'
import {columns} from './transcript.ts'

interface Run {
  readonly text: string
  /** Characters of the line before it. */
  readonly at: number
  readonly look: string | undefined
}

const looks: Readonly<Record<string, string>> = {1: 'b', 2: 'd', 31: 'r', 32: 'g', 33: 'y', 34: 'l'}

const letter = {width: 8.4, size: 14, line: 20}
const margin = {side: 20, top: 52, bottom: 18}

const style = `
svg { --paper: #fbfaf8; --bar: #efece6; --line: #d8d4cb; --ink: #24262b; --quiet: #6b6c73; --good: #1a7f43; --bad: #c02b2b; --wait: #8a5800; --link: #1f5fbf }
@media (prefers-color-scheme: dark) {
svg { --paper: #16171b; --bar: #22242a; --line: #3a3d46; --ink: #e4e5e9; --quiet: #9ea1ab; --good: #5fd08a; --bad: #ff8580; --wait: #f0b64e; --link: #8ab4f8 }
}
text { font: ${letter.size}px ui-monospace, "SF Mono", Menlo, "DejaVu Sans Mono", Consolas, monospace; fill: var(--ink); white-space: pre }
.name, .d { fill: var(--quiet) } .b { font-weight: 700 } .g { fill: var(--good) } .r { fill: var(--bad) } .y { fill: var(--wait) } .l { fill: var(--link) }
.paper { fill: var(--paper); stroke: var(--line) } .bar { fill: var(--bar) } .dot { fill: var(--line) }
`

/**
 * A terminal with the text in its colours, as SVG: light or dark as the reader's system is, with a paper of its own, so that it can be
 * read on any page. Each run of letters is held to the columns of the terminal, whatever the font.
 */
export function terminalPicture(command: string, transcript: string, title: string): string {
  const lines = transcript.trimEnd().split('\n')
  const width = Math.ceil(columns * letter.width + 2 * margin.side)
  const height = margin.top + lines.length * letter.line + margin.bottom
  const rows = lines.map((line, row) => textElement(runsOf(line), margin.top + (row + 1) * letter.line - 6))
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-labelledby="title">
<title id="title">${escaped(title)}</title>
<style>${style}</style>
<rect class="paper" x="0.5" y="0.5" width="${width - 1}" height="${height - 1}" rx="10"/>
<path class="bar" d="M1 37V10.5a9.5 9.5 0 0 1 9.5-9.5H${width - 10.5}a9.5 9.5 0 0 1 9.5 9.5V37z"/>
<circle class="dot" cx="22" cy="19" r="6"/><circle class="dot" cx="42" cy="19" r="6"/><circle class="dot" cx="62" cy="19" r="6"/>
<text class="name" x="${width / 2}" y="24" text-anchor="middle">$ ${escaped(command)}</text>
${rows.filter((row) => row !== '').join('\n')}
</svg>
`
}

function textElement(runs: readonly Run[], y: number): string {
  const spans = runs.map(({text, at, look}) => {
    const x = (margin.side + at * letter.width).toFixed(1)
    const length = (text.length * letter.width).toFixed(1)
    return `<tspan x="${x}" textLength="${length}"${look === undefined ? '' : ` class="${look}"`}>${escaped(text)}</tspan>`
  })
  return spans.length === 0 ? '' : `<text y="${y}">${spans.join('')}</text>`
}

/** Letters of one look, without the blanks around them: where they stand is said by their column. */
function runsOf(line: string): readonly Run[] {
  const runs: Run[] = []
  let at = 0
  let look: string | undefined
  for (const [index, piece] of line.split(/\x1b\[(\d+)m/).entries()) {
    if (index % 2 === 1) look = looks[piece]
    else {
      for (const found of piece.matchAll(/\S+(?: \S+)*/g)) runs.push({text: found[0], at: at + found.index, look})
      at += piece.length
    }
  }
  return runs
}

/** The words that such a picture shows, line by line: what a transcript is compared with. */
export function wordsOfPicture(svg: string): readonly string[] {
  const rows = [...svg.matchAll(/^<text y="\d+">(.*)<\/text>$/gm)].map(([, row = '']) =>
    [...row.matchAll(/<tspan[^>]*>([^<]*)<\/tspan>/g)].map(([, text = '']) => unescaped(text)).join(' '),
  )
  return rows.map((row) => row.replace(/ +/g, ' '))
}

/** The same of a transcript. */
export function wordsOfTranscript(transcript: string): readonly string[] {
  const lines = transcript.split('\n').map((line) => stripVTControlCharacters(line).trim().replace(/ +/g, ' '))
  return lines.filter((line) => line !== '')
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}

function unescaped(text: string): string {
  return text.replaceAll('&gt;', '>').replaceAll('&lt;', '<').replaceAll('&amp;', '&')
}
