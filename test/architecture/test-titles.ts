import {readFileSync} from 'node:fs'
import path from 'node:path'
import {parseSync} from '@swc/core'

interface Node {
  readonly type: string
  readonly [key: string]: unknown
}

/**
 * The texts that name tests in a test file: titles of test, it and describe, and the texts in the tables that `each` or a loop around tests
 * goes through, which become parts of titles; tables may come from a file beside. Not comments, not the bodies of tests.
 */
export function testTitles(file: string): readonly string[] {
  const tree = parse(file)
  const values = new Map([
    ...imported(tree).flatMap((name) => declared(parse(path.resolve(path.dirname(file), name)))),
    ...declared(tree),
  ])
  const titles: string[] = []
  const cells = new Set<Node>()
  const take = (node: Node, depth = 0): void => {
    visit(node, (inner) => {
      // A function that is a cell of a table says nothing of the title; one that makes the table does.
      if (cells.has(inner)) return false
      for (const cell of cellsOf(inner)) if (isFunction(cell)) cells.add(cell)
      const text = textOf(inner)
      if (text !== undefined) titles.push(text)
      const named = inner.type === 'Identifier' ? values.get(String(inner['value'])) : undefined
      if (named && depth < 3 && !isFunction(named)) take(named, depth + 1)
      return true
    })
  }
  visit(tree, (node) => {
    if (node.type === 'ForOfStatement' && hasTest(node['body'] as Node)) take(node['right'] as Node)
    if (node.type !== 'CallExpression') return
    const [title, body] = argumentsOf(node)
    if (title && body && isFunction(body) && isTester(node['callee'] as Node)) {
      if (textOf(title) !== undefined) titles.push(textOf(title) ?? '')
      else take(title)
    }
    const {callee} = node as unknown as {callee: Node}
    if (callee.type === 'MemberExpression' && isTester(callee) && nameOf(callee['property'] as Node) === 'each') {
      for (const table of argumentsOf(node)) take(table)
    }
  })
  return titles
}

const parse = (file: string): Node =>
  parseSync(readFileSync(file, 'utf8'), {syntax: 'typescript', target: 'es2022'}) as unknown as Node

/** What the constants of a file are given. */
function declared(tree: Node): readonly (readonly [string, Node])[] {
  const found: [string, Node][] = []
  visit(tree, (node) => {
    if (node.type !== 'VariableDeclarator') return
    const {id, init} = node as unknown as {id: Node; init: Node | null}
    if (id.type === 'Identifier' && init) found.push([String(id['value']), init])
  })
  return found
}

function imported(tree: Node): readonly string[] {
  const names: string[] = []
  visit(tree, (node) => {
    if (node.type !== 'ImportDeclaration' || node['typeOnly'] === true) return
    const name = textOf(node['source'] as Node) ?? ''
    if (name.startsWith('./')) names.push(name)
  })
  return names
}

/** `test`, `describe.each(…)`, `testUnless(…)` and what a file calls its own: anything but a method of something else. */
function isTester(callee: Node): boolean {
  if (callee.type === 'MemberExpression') return isTester(callee['object'] as Node)
  if (callee.type === 'CallExpression') return isTester(callee['callee'] as Node)
  if (callee.type === 'TaggedTemplateExpression') return isTester(callee['tag'] as Node)
  return /^(?:test|it|describe|strace|.*Unless|.*[tT]est|long|each)$/.test(nameOf(callee) ?? '')
}

function hasTest(body: Node): boolean {
  let found = false
  visit(body, (node) => {
    found ||= node.type === 'CallExpression' && isTester(node['callee'] as Node)
  })
  return found
}

const nameOf = (node: Node): string | undefined => (node.type === 'Identifier' ? String(node['value']) : undefined)

const isFunction = ({type}: Node): boolean => type === 'ArrowFunctionExpression' || type === 'FunctionExpression'

function argumentsOf(call: Node): readonly Node[] {
  return (call['arguments'] as readonly {readonly expression: Node}[]).map(({expression}) => expression)
}

/** A text as it is, or the fixed parts of a template around %s. */
function textOf(node: Node): string | undefined {
  if (node.type === 'StringLiteral') return String(node['value'])
  if (node.type !== 'TemplateLiteral') return undefined
  return (node['quasis'] as readonly {readonly cooked: string | null; readonly raw: string}[])
    .map(({cooked, raw}) => cooked ?? raw)
    .join('%s')
}

function cellsOf(node: Node): readonly Node[] {
  if (node.type !== 'ArrayExpression') return []
  const elements = node['elements'] as readonly ({readonly expression: Node} | null)[]
  return elements.flatMap((one) => (one ? [one.expression] : []))
}

/** Every node, outer ones first; what is below a node that `onNode` gives false for is left out. */
function visit(node: unknown, onNode: (node: Node) => boolean | void): void {
  if (Array.isArray(node)) for (const one of node) visit(one, onNode)
  else if (typeof node === 'object' && node !== null) {
    if ('type' in node && typeof node.type === 'string' && onNode(node as Node) === false) return
    for (const inner of Object.values(node)) visit(inner, onNode)
  }
}
