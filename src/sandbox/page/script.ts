/**
 * What runs in the browser. It draws what the server sends as values, by createElement and text nodes alone; it knows no HTML, so that
 * nothing a world says can become any.
 */
export const script = `'use strict'
const live = document.getElementById('live')
const said = document.getElementById('said')

function make(content) {
  if (typeof content === 'string') return document.createTextNode(content)
  const made = document.createElement(content.tag)
  for (const [name, value] of Object.entries(content.attributes)) made.setAttribute(name, value)
  made.append(...content.children.map(make))
  return made
}

const keyOf = (content) => content.attributes['data-key'] ?? null

function isSame(node, content) {
  if (typeof content === 'string') return node.nodeType === Node.TEXT_NODE
  return node.localName === content.tag && node.getAttribute('data-key') === keyOf(content)
}

function update(node, content) {
  if (typeof content === 'string') {
    if (node.data !== content) node.data = content
    return
  }
  const {attributes, children} = content
  for (const {name} of [...node.attributes]) if (name !== 'open' && !(name in attributes)) node.removeAttribute(name)
  for (const [name, value] of Object.entries(attributes)) {
    if (node.getAttribute(name) !== value) node.setAttribute(name, value)
  }
  const isAtEnd = node.scrollTop + node.clientHeight >= node.scrollHeight - 4
  draw(node, children)
  if (isAtEnd && node.classList.contains('log')) node.scrollTop = node.scrollHeight
}

function draw(parent, contents) {
  contents.forEach((content, index) => {
    const old = parent.childNodes[index]
    if (old && isSame(old, content)) return update(old, content)
    const key = typeof content === 'string' ? null : keyOf(content)
    const moved = key === null ? undefined : [...parent.children].slice(index).find((node) => isSame(node, content))
    if (moved) update(moved, content)
    parent.insertBefore(moved ?? make(content), old ?? null)
  })
  while (parent.childNodes.length > contents.length) parent.lastChild.remove()
}

let stream
function listen() {
  stream?.close()
  stream = new EventSource('/-/page/events?at=' + encodeURIComponent(location.pathname + location.search))
  stream.onopen = () => (document.body.dataset.stream = 'open')
  stream.onerror = () => (document.body.dataset.stream = 'lost')
  stream.onmessage = ({data}) => {
    const {title, contents} = JSON.parse(data)
    document.title = title
    draw(live, contents)
  }
}
// A browser opens few connections to one address: a page that nobody sees gives its own back.
document.addEventListener('visibilitychange', () => (document.hidden ? stream.close() : listen()))
addEventListener('pagehide', () => stream.close())
addEventListener('pageshow', ({persisted}) => persisted && listen())

async function send(what, body) {
  const [method, path] = what.split(' ')
  const headers = body === undefined ? {} : {'content-type': 'application/json'}
  try {
    const answer = await fetch(path, {method, headers, body: body === undefined ? undefined : JSON.stringify(body)})
    const text = await answer.text()
    said.textContent = answer.ok ? 'Done.' : answer.status + ': ' + (JSON.parse(text).message ?? text)
    if (answer.ok) setTimeout(() => said.textContent === 'Done.' && (said.textContent = ''), 3000)
    said.className = answer.ok ? '' : 'is-failed'
    return answer.ok
  } catch (error) {
    said.textContent = 'The sandbox does not answer: ' + error.message
    said.className = 'is-failed'
    return false
  }
}

function rules() {
  return JSON.parse(document.getElementById('rules').value)
}

document.addEventListener('click', ({target}) => {
  const button = target.closest('button')
  if (!button) return
  const {send: what, body, addRule} = button.dataset
  if (what !== undefined) void send(what, body === undefined ? undefined : JSON.parse(body)).then(renewRules)
  else if (addRule !== undefined) withRules((all) => [...all, JSON.parse(addRule)])
})

document.addEventListener('submit', (event) => {
  const form = event.target
  event.preventDefault()
  if (form.dataset.as === 'rules') return withRules((all) => all)
  const line = form.elements.log
  void send(form.dataset.send, {log: line.value + '\\n'}).then((isDone) => isDone && (line.value = ''))
})

function withRules(change) {
  let all
  try {
    all = change(rules())
  } catch (error) {
    said.textContent = 'That is not JSON: ' + error.message
    said.className = 'is-failed'
    return
  }
  void send('PUT /-/sandbox/faults', all).then(renewRules)
}

// What was typed has been taken: from now on the text shows the rules that hold.
function renewRules(isDone) {
  if (isDone) document.getElementById('rules')?.form.reset()
}

listen()
`
