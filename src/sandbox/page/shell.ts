import {hash} from 'node:crypto'
import type {Answer} from '../http/answers.ts'
import type {World} from '../world/world.ts'
import {element, html, type Content, type Element} from './element.ts'
import {button, link, type View} from './parts.ts'
import {script} from './script.ts'
import {style} from './style.ts'

const icon = `data:image/svg+xml,${encodeURIComponent(
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><rect width="16" height="16" rx="4" fill="#9a6200"/><circle cx="8" cy="8" r="3.5" fill="#fff"/></svg>',
)}`

const digest = (text: string): string => `'sha256-${hash('sha256', text, 'base64')}'`

/** Only the script and the style that are written here; requests to this address only. */
const policy = [
  "default-src 'none'",
  `script-src ${digest(script)}`,
  `style-src ${digest(style)}`,
  'img-src data:',
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

/** Of everything that a browser is given here. */
export const safeHeaders: Readonly<Record<string, string>> = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'; sandbox",
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
}

/** What the script draws anew whenever it changes. */
export interface Drawn {
  readonly title: string
  readonly contents: readonly Content[]
}

export function drawn(world: World, {title, trail, body}: View, path: string): Drawn {
  return {
    title: `${title} · sandbox`,
    contents: [header(world, path), trailOf(trail), element('main', {id: 'main'}, body)],
  }
}

/** The whole document, for the first look. */
export function pageAnswer(status: number, {title, contents}: Drawn): Answer {
  const text = [
    '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">',
    html(element('title', {}, title)),
    html(element('link', {rel: 'icon', href: icon})),
    `<style>${style}</style></head><body><a class="skip" href="#main">To the content</a>`,
    html(element('div', {id: 'live'}, contents)),
    '<p id="said" role="status"></p><noscript><p>Without its script the page stays as it is, and its buttons do nothing.</p></noscript>',
    `<script>${script}</script></body></html>`,
  ].join('')
  const headers = {...safeHeaders, 'content-security-policy': policy, 'content-type': 'text/html; charset=utf-8'}
  return {status, headers, body: Buffer.from(text)}
}

const clockSteps = ['1s', '10s', '1m', '1h']

function header({clock, settings, requests, faults}: World, path: string): Element {
  const now = new Date(clock.now()).toISOString()
  const entry = (href: string, text: string, isCurrent: boolean): Element =>
    element('a', {href, 'aria-current': isCurrent && 'page'}, text)
  return element(
    'header',
    {},
    element(
      'a',
      {class: 'brand', href: '/'},
      element('span', {class: 'sign', 'aria-hidden': 'true'}, '◆ '),
      'sandbox',
      element('span', {class: 'quiet'}, ` GitLab ${settings.version} ${settings.edition} ${settings.licence}`),
    ),
    element(
      'nav',
      {'aria-label': 'Pages'},
      entry('/', 'Projects', !path.startsWith('/-/')),
      entry('/-/requests', `Requests ${requests.length}`, path === '/-/requests'),
      entry('/-/faults', faults.length === 0 ? 'Faults' : `Faults ${faults.length}`, path === '/-/faults'),
    ),
    element(
      'div',
      {class: 'clock', role: 'group', 'aria-label': 'Clock'},
      element('span', {class: 'state'}),
      element('time', {datetime: now, title: now}, now.slice(11, 19)),
      clockSteps.map((advance) =>
        button('POST /-/sandbox/clock', {advance}, `+${advance}`, `Move the clock by ${advance}`),
      ),
    ),
  )
}

function trailOf(trail: readonly Content[]): Element {
  return element(
    'nav',
    {class: 'trail', 'aria-label': 'Way'},
    trail.flatMap((step, index) => (index === 0 ? [step] : [' › ', step])),
  )
}

export function missingView(path: string): View {
  return {
    title: 'Not found',
    trail: [link('/', 'Projects')],
    body: [
      element('h1', {}, 'Nothing is here'),
      element('p', {}, 'This world has no ', element('code', {}, path), '.'),
    ],
  }
}
