import type {LiveRule} from '../world/model.ts'
import type {World} from '../world/world.ts'
import {element, type Element} from './element.ts'
import {button, empty, link, section, table, type View} from './parts.ts'

interface Preset {
  readonly name: string
  readonly rule: Readonly<Record<string, unknown>>
}

const presets: readonly Preset[] = [
  {name: 'Next request: 502', rule: {on: '**', times: 1, answer: {status: 502}}},
  {
    name: 'Next two job lists: 429',
    rule: {on: 'GET /projects/*/jobs', times: 2, answer: {status: 429, headers: {'Retry-After': '2'}}},
  },
  {name: 'Next request: connection reset', rule: {on: '**', times: 1, reset: 'before'}},
  {name: 'Next request: a login page', rule: {on: '**', times: 1, html: true}},
  {name: 'Next change: done, answer lost', rule: {on: 'POST /**', times: 1, apply_then: {reset: 'before'}}},
  {name: 'Object store: cut short, once', rule: {on: 'storage', times: 1, cut: {bytes: 100}}},
]

/** The page on which faults are set, by a button or as JSON. */
export function faultsView({faults}: World): View {
  return {
    title: 'Faults',
    trail: [link('/', 'Projects')],
    body: [
      element('h1', {}, 'Faults'),
      element(
        'p',
        {},
        'What goes wrong between a client and GitLab, on purpose. Rules act in their order, one a request. Setting them starts their counts anew.',
      ),
      section(
        'Break something',
        element(
          'p',
          {class: 'actions'},
          presets.map(({name, rule}) => preset(name, rule)),
        ),
      ),
      section('Rules', faults.length === 0 ? empty('No rule: GitLab is well.') : ruleTable(faults), ruleForm(faults)),
    ],
  }
}

function ruleTable(rules: readonly LiveRule[]): Element {
  return table(
    ['On', 'Does', 'Met', 'Left'],
    rules.map(({on, after, times, fault, seen}, index) => ({
      key: String(index),
      cells: [
        element('code', {}, on),
        element('code', {}, JSON.stringify(fault)),
        String(seen),
        times === Infinity ? 'for ever' : String(Math.max(0, Math.min(times, times + after - seen))),
      ],
    })),
  )
}

function ruleForm(rules: readonly LiveRule[]): Element {
  const lines = rules.map((rule) => JSON.stringify(ruleOf(rule)))
  return element(
    'form',
    {'data-send': 'PUT /-/sandbox/faults', 'data-as': 'rules'},
    element('label', {for: 'rules'}, 'All rules, as JSON'),
    element(
      'textarea',
      {id: 'rules', name: 'rules', rows: '6', spellcheck: 'false', autocomplete: 'off'},
      lines.length === 0 ? '[]' : `[\n  ${lines.join(',\n  ')}\n]`,
    ),
    element(
      'p',
      {class: 'actions'},
      element('button', {type: 'submit'}, 'Set these rules'),
      button('PUT /-/sandbox/faults', [], 'Remove all'),
    ),
  )
}

function preset(name: string, rule: Preset['rule']) {
  return element('button', {type: 'button', 'data-add-rule': JSON.stringify(rule)}, name)
}

/** As it was given. */
function ruleOf({on, after, times, fault}: LiveRule): object {
  return {on, ...(after > 0 && {after}), ...(times !== Infinity && {times}), ...fault}
}
