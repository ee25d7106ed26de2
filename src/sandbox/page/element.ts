/** An element of the page as a value: written as HTML for the first look, and sent as JSON for each look after it. */
export interface Element {
  readonly tag: string
  readonly attributes: Readonly<Record<string, string>>
  readonly children: readonly Content[]
}

/** A string is text, whatever it holds. */
export type Content = Element | string

/** What is false or undefined is left out. */
type Given = Content | false | undefined

export function element(
  tag: string,
  attributes: Readonly<Record<string, string | false | undefined>>,
  ...children: readonly (Given | readonly Given[])[]
): Element {
  const written = Object.entries(attributes).flatMap(([name, value]) =>
    value === false || value === undefined ? [] : [[name, value] as const],
  )
  return {
    tag,
    attributes: Object.fromEntries(written),
    children: children.flatMap(present),
  }
}

function present(given: Given | readonly Given[]): readonly Content[] {
  if (isList(given)) return given.flatMap(present)
  return given === false || given === undefined || given === '' ? [] : [given]
}

function isList(given: Given | readonly Given[]): given is readonly Given[] {
  return Array.isArray(given)
}

const empty = new Set(['input', 'link', 'meta', 'br', 'hr'])

export function html(content: Content): string {
  if (typeof content === 'string') return escaped(content)
  const {tag, attributes, children} = content
  const written = Object.entries(attributes).map(([name, value]) => ` ${name}="${escaped(value)}"`)
  const start = `<${tag}${written.join('')}>`
  if (empty.has(tag)) return start
  // The parser of HTML drops a line end that comes first in these.
  const first = tag === 'pre' || tag === 'textarea' ? '\n' : ''
  return `${start}${first}${children.map(html).join('')}</${tag}>`
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (sign) => entities[sign] ?? '')
}
