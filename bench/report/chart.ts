import {ratioOf, verdictOf, type ArtifactResults, type RowResult, type WayResult} from './results.ts'

const width = 760
const margin = 20
const labelEnd = 230
const barStart = labelEnd + 8
const barEnd = 540
const barHeight = 12
const lineHeight = 18
const titleHeight = 30
const headHeight = 64

/** Plain presentation attributes are for light pages, and for whoever drops the style; the style has the colours of dark ones. */
const dark = `
@media (prefers-color-scheme: dark) {
  .page { fill: #0d1117; stroke: #30363d }
  .text { fill: #e6edf3 }
  .faint { fill: #9198a1 }
  .other { fill: #6e7681 }
  .own { fill: #4493f8 }
  .target { stroke: #d29922 }
}
`

/**
 * The rows as bars: each way's wall time as a part of the first one's, ours in another colour, with a mark where the target is. A picture with a
 * ground of its own, so that it can be read whatever the page around it looks like.
 */
export function chartOf({about, rows}: ArtifactResults): string {
  const most = Math.max(1, ...rows.flatMap((row) => row.ways.map((way) => ratioOf(way, row))))
  const scale = (ratio: number): number => round(barStart + ((barEnd - barStart) * ratio) / most)
  let y = headHeight
  const body = rows.map((row) => {
    const top = y
    y += titleHeight + row.ways.length * lineHeight
    return rowAt(row, top, scale)
  })
  const height = y + margin
  const label = 'Wall time of each way as a part of the first one of its row'
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-label="${label}" font-family="-apple-system, 'Segoe UI', 'Noto Sans', Helvetica, Arial, sans-serif">`,
    `<title>${label}</title>`,
    `<style>${dark}</style>`,
    `<rect class="page" x="0.5" y="0.5" width="${width - 1}" height="${height - 1}" rx="8" fill="#ffffff" stroke="#d1d9e0"/>`,
    text(margin, 28, `${label}: shorter is better`, {size: 14, weight: 600}),
    text(margin, 48, `${about.date}, Node ${about.node}, ${about.machine}. An upright mark is a target.`, {
      class: 'faint',
    }),
    ...body,
    '</svg>\n',
  ].join('\n')
}

function rowAt(row: RowResult, top: number, scale: (ratio: number) => number): string {
  const first = top + titleHeight
  const lines = row.ways.map((way, index) => wayAt(way, row, first + index * lineHeight, scale))
  return [text(margin, top + 20, row.title, {weight: 600}), ...lines].join('\n')
}

function wayAt(way: WayResult, row: RowResult, top: number, scale: (ratio: number) => number): string {
  const ratio = ratioOf(way, row)
  const isOwn = way.name.startsWith('jobside')
  const end = scale(ratio)
  const target = way.targets.find(({what}) => what === 'wall')
  const mark = target === undefined ? undefined : scale(target.target)
  const figure = `${way.seconds.toFixed(2)} s, ${ratio.toFixed(2)}`
  const said = target === undefined ? '' : ` (at most ${target.target.toFixed(2)}: ${verdictOf(target)})`
  const bar = `<rect class="${isOwn ? 'own' : 'other'}" x="${barStart}" y="${top}" width="${round(Math.max(1, end - barStart))}" height="${barHeight}" rx="2" fill="${isOwn ? '#0969da' : '#8c959f'}"/>`
  return [
    text(labelEnd, top + 10, way.name, {anchor: 'end'}),
    bar,
    ...(mark === undefined
      ? []
      : [
          `<line class="target" x1="${mark}" x2="${mark}" y1="${top - 3}" y2="${top + barHeight + 3}" stroke="#9a6700" stroke-width="2"/>`,
        ]),
    text(Math.max(end, mark ?? end) + 6, top + 10, `${figure}${said}`, {class: 'faint'}),
  ].join('\n')
}

interface TextLook {
  readonly size?: number
  readonly weight?: number
  readonly anchor?: 'end'
  readonly class?: 'text' | 'faint'
}

function text(x: number, y: number, content: string, look: TextLook): string {
  const {size = 12, weight, anchor, class: name = 'text'} = look
  const more = `${weight === undefined ? '' : ` font-weight="${weight}"`}${anchor === undefined ? '' : ` text-anchor="${anchor}"`}`
  return `<text class="${name}" x="${round(x)}" y="${y}" font-size="${size}" fill="${name === 'text' ? '#1f2328' : '#59636e'}"${more}>${escaped(content)}</text>`
}

function escaped(content: string): string {
  return content.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}

function round(value: number): number {
  return Math.round(value * 10) / 10
}
