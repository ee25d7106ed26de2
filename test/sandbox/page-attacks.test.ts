import {afterEach, expect} from '@jest/globals'
import {missingBrowser} from '../support/browser.ts'
import {testUnless} from '../support/optional.ts'
import {closeServers, serveHttp} from '../support/servers.ts'
import {isLive, pageScenes} from './page-scene.ts'
import {hostileWorld, strike} from './page-world.ts'

const look = testUnless(missingBrowser)
const open = pageScenes(['--host-resolver-rules=MAP evil.example 127.0.0.1'])
afterEach(closeServers)

look('what a world says does not run, neither at first nor when it is drawn anew', async () => {
  const {page, sandbox, expectQuiet} = await open('/', {world: hostileWorld})
  const paths = ['/', '/grp/app', '/grp/app/-/pipelines/11', '/grp/app/-/jobs/101', '/grp/app/-/jobs/102', '/dev']
  for (const place of [...paths, '/grp/app/-/jobs/102/artifacts/file/page.html', '/-/requests']) {
    await page.goto(`${sandbox.url}${place}`)
    await isLive(page)
  }
  await page.goto(`${sandbox.url}/grp/app/-/jobs/101`)
  expect(await page.locator('h1').innerText()).toContain('<img src=x onerror="globalThis.struck=1"></script>')
  sandbox.patchJob(101, {log: `later ${strike}\n`})
  await page.getByText('later <img').waitFor()
  expect(await page.locator('img, #live script').count()).toBe(0)
  expect(await page.evaluate(() => 'struck' in globalThis)).toBe(false)
  expectQuiet()
})

look('even a script that got in would not run', async () => {
  const {page, complaints} = await open('/')
  await page.locator('main').evaluate((main: unknown) => {
    interface Node {
      textContent: string
      append(node: Node): void
      readonly ownerDocument: {createElement(name: string): Node}
    }
    const script = (main as Node).ownerDocument.createElement('script')
    script.textContent = 'globalThis.struck = 1'
    ;(main as Node).append(script)
  })
  expect(await page.evaluate(() => 'struck' in globalThis)).toBe(false)
  expect(complaints.join()).toContain('Content Security Policy')
})

look('the page of another origin moves nothing, reads nothing and frames nothing', async () => {
  const {page, sandbox, complaints} = await open('/')
  const attack = `<!doctype html><iframe src="${sandbox.url}/"></iframe><p></p><script type="module">
    const said = []
    for (const [path, init] of [
      ['clock', {method: 'POST', mode: 'no-cors', body: '{"advance":"1h"}'}],
      ['clock', {method: 'POST', body: '{"advance":"1h"}'}],
      ['jobs/104', {method: 'PATCH', headers: {'content-type': 'application/json'}, body: '{"status":"failed"}'}],
      ['world', {}],
    ]) said.push(await fetch('${sandbox.admin}/' + path, init).then((answer) => answer.text(), () => 'failed'))
    document.querySelector('p').textContent = said.join('|')
  </script>`
  const url = await serveHttp((_, response) => response.setHeader('content-type', 'text/html').end(attack))
  const before = JSON.stringify(sandbox.world())
  await page.goto(url)
  await page.locator('p', {hasText: '|'}).waitFor()
  expect(await page.locator('p').innerText()).toBe('|failed|failed|failed')
  expect(JSON.stringify(sandbox.world())).toBe(before)
  expect(complaints.join()).toMatch(/frame-ancestors|X-Frame-Options|refused to connect/)
  // The same by a name that leads here: what it asks counts as the same origin for the browser.
  const {port} = new URL(sandbox.url)
  await page.goto(`http://evil.example:${port}/`)
  const status = await page.evaluate(async () => {
    const answer = await fetch('/-/sandbox/clock', {method: 'POST', body: '{"advance":"1h"}'})
    return answer.status
  })
  expect(status).toBe(403)
  expect(JSON.stringify(sandbox.world())).toBe(before)
})
