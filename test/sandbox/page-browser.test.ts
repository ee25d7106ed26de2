import {mkdir, writeFile} from 'node:fs/promises'
import path from 'node:path'
import {expect} from '@jest/globals'
import type {Page} from 'playwright-core'
import {missingBrowser} from '../support/browser.ts'
import {testUnless} from '../support/optional.ts'
import {isLive, pageScenes} from './page-scene.ts'

const look = testUnless(missingBrowser)

const open = pageScenes()

const badgeOf = (page: Page, job: number) => page.locator(`[data-job="${job}"] .badge`)

look('the states of jobs move by themselves, also of those that are new', async () => {
  const {page, sandbox, expectQuiet} = await open('/shop/web/-/pipelines/12')
  await expectText(page, badgeOf(page, 104), 'running')
  sandbox.patchJob(104, {status: 'success'})
  await expectText(page, badgeOf(page, 104), 'success')
  await expectText(page, page.locator('h1 .badge'), 'running')
  await fetch(`${sandbox.api}/projects/1/jobs/103/retry`, {method: 'POST', headers: {'private-token': 'glpat-dev'}})
  await page.locator('[data-job="202"]').waitFor()
  expectQuiet()
})

look('a log is shown as a terminal would, and grows', async () => {
  const {page, sandbox, expectQuiet} = await open('/shop/web/-/jobs/101')
  expect(await page.locator('.log .ink-green').first().innerText()).toBe('built 214 modules')
  expect(await page.locator('.log').innerText()).not.toMatch(/\u001b|section_start|\d{6}Z 01O/)
  await page.goto(`${sandbox.url}/shop/web/-/jobs/104`)
  await page.getByLabel('Add a line').fill('12 of 40 <b>')
  await page.keyboard.press('Enter')
  await page.locator('.log', {hasText: '12 of 40 <b>'}).waitFor()
  expect(await page.getByLabel('Add a line').inputValue()).toBe('')
  expectQuiet()
})

look('artifacts are browsed as a tree, looked at and downloaded', async () => {
  const {page, sandbox, expectQuiet} = await open('/shop/web/-/jobs/101')
  await page.getByRole('link', {name: 'bin/', exact: true}).click()
  expect(await page.locator('tbody tr').allInnerTexts()).toEqual([
    expect.stringMatching(/^data\s+0644\s+3 B\s+download$/),
    expect.stringMatching(/^serve\s+0755\s+32 B\s+download$/),
  ])
  await page.getByRole('link', {name: 'serve', exact: true}).click()
  expect(await page.locator('pre.log').innerText()).toContain('exec node dist/app.js')
  const file = page.waitForEvent('download')
  await page.getByRole('link', {name: 'Download', exact: true}).click()
  expect((await file).suggestedFilename()).toBe('serve')
  await page.goto(`${sandbox.url}/shop/web/-/jobs/101`)
  const archive = page.waitForEvent('download')
  await page.getByRole('link', {name: 'Download artifacts.zip'}).click()
  expect((await archive).suggestedFilename()).toBe('artifacts.zip')
  expectQuiet()
})

look('a trigger job leads to the pipeline that it started, and back', async () => {
  const {page, expectQuiet} = await open('/shop/web/-/pipelines/12')
  await page.getByRole('link', {name: 'pipeline #21 of shop/docs'}).click()
  expect(await page.locator('h1').innerText()).toContain('Pipeline #21')
  expect(new URL(page.url()).pathname).toBe('/shop/docs/-/pipelines/21')
  expectQuiet()
})

look('a refused request stands in the record with its reason, as it happens', async () => {
  const {page, sandbox, expectQuiet} = await open('/-/requests')
  await fetch(`${sandbox.api}/projects/2`, {headers: {'job-token': 'glcbt-104'}})
  await fetch(`${sandbox.api}/projects/2/jobs/201/artifacts`, {headers: {'job-token': 'glcbt-104'}})
  const row = page.locator('tr.refused').first()
  await row.waitFor()
  await page.locator('tbody tr').nth(1).waitFor()
  expect(await row.innerText()).toContain('job-token job 104 as dev')
  expect(await row.innerText()).toContain('the job token allowlist of shop/docs does not hold shop/web')
  expect(await page.content()).not.toMatch(/glcbt-|glpat-/)
  await page.getByRole('button', {name: 'Forget them'}).click()
  await page.getByText('No requests yet').waitFor()
  expect(sandbox.requests()).toEqual([])
  expectQuiet()
})

look('a token that a client carries on to the object store is shown as leaked', async () => {
  const {page, sandbox} = await open('/-/requests', {sandbox: {storage: 'redirect'}})
  await fetch(`${sandbox.api}/projects/1/jobs/101/artifacts`, {headers: {'job-token': 'glcbt-104'}})
  await page.getByRole('row', {name: 'object store'}).getByText('leaked to another origin').waitFor()
  expect(await page.getByText('leaked').count()).toBe(1)
})

look('the buttons move the clock and the job, and say what the sandbox refuses', async () => {
  const {page, sandbox, expectQuiet} = await open('/shop/web/-/jobs/104')
  await page.getByRole('button', {name: 'Move the clock by 1h'}).click()
  await page.locator('.clock time', {hasText: '10:00:00'}).waitFor()
  expect(sandbox.world().now).toBe('2026-09-01T10:00:00.000Z')
  await page.getByRole('button', {name: 'failed', exact: true}).click()
  await expectText(page, page.locator('h1 .badge'), 'failed')
  await page.getByText('The job has ended').waitFor()
  await page.goto(`${sandbox.url}/shop/web`)
  await page.getByRole('button', {name: 'Start a pipeline'}).click()
  await page.getByRole('link', {name: '#22'}).waitFor()
  expectQuiet()
})

look('a fault is set by a button, meets the next request, and is written and removed by hand', async () => {
  const {page, sandbox} = await open('/-/faults')
  await page.getByRole('button', {name: 'Next request: 502'}).click()
  await page.getByRole('cell', {name: '{"answer":{"status":502}}'}).waitFor()
  expect((await fetch(`${sandbox.api}/version`)).status).toBe(502)
  expect((await fetch(`${sandbox.api}/version`)).status).toBe(401)
  const rules = page.getByLabel('All rules, as JSON')
  await rules.fill('[{"on": "GET /version", "answer": {"status": 418}}]')
  await page.getByRole('button', {name: 'Set these rules'}).click()
  await page.getByRole('cell', {name: 'for ever'}).waitFor()
  expect((await fetch(`${sandbox.api}/version`)).status).toBe(418)
  await rules.fill('[{"on": 7}]')
  await page.getByRole('button', {name: 'Set these rules'}).click()
  await page.getByRole('status').getByText('400:').waitFor()
  await rules.fill('[')
  await page.getByRole('button', {name: 'Set these rules'}).click()
  await page.getByRole('status').getByText('That is not JSON').waitFor()
  await page.getByRole('button', {name: 'Remove all'}).click()
  await page.getByText('GitLab is well').waitFor()
  expect(sandbox.world().faults).toEqual([])
  expect(await rules.inputValue()).toBe('[]')
})

look('everything is reached by the keyboard, and what has the focus keeps it while the page moves', async () => {
  const {page, sandbox, expectQuiet} = await open('/shop/web/-/jobs/104')
  const wanted = await page.locator('a, button, input, textarea, summary').count()
  const seen = new Set<string>()
  for (let press = 0; press < wanted + 3; press++) {
    await page.keyboard.press('Tab')
    const focused = page.locator(':focus')
    if ((await focused.count()) === 0) continue
    const box = await focused.boundingBox()
    seen.add(`${await focused.innerText()} ${box?.x} ${box?.y}`)
  }
  expect(seen.size).toBeGreaterThanOrEqual(wanted)
  await page.getByRole('button', {name: 'success', exact: true}).focus()
  sandbox.patchJob(104, {log: 'more\n'})
  await page.locator('.log', {hasText: 'more'}).waitFor()
  expect(await page.locator(':focus').innerText()).toBe('success')
  await page.keyboard.press('Enter')
  await expectText(page, page.locator('h1 .badge'), 'success')
  expectQuiet()
})

look('a phone shows every page without scrolling sideways, in the dark too', async () => {
  const phone = {viewport: {width: 360, height: 740}, colorScheme: 'dark' as const}
  const {page, sandbox, expectQuiet} = await open('/', {look: phone})
  await fetch(`${sandbox.api}/projects/1/jobs?scope%5B%5D=a_long_one&private_token=x`)
  const paths = ['/', '/shop/web', '/shop/web/-/pipelines/12', '/shop/web/-/jobs/101', '/-/requests', '/-/faults']
  for (const place of paths) {
    await page.goto(`${sandbox.url}${place}`)
    const width = await page.locator('html').evaluate((html: unknown) => (html as {scrollWidth: number}).scrollWidth)
    expect([place, width]).toEqual([place, 360])
    expect(await lightness(page)).toBeLessThan(60)
  }
  await page.emulateMedia({colorScheme: 'light'})
  expect(await lightness(page)).toBeGreaterThan(230)
  expectQuiet()
})

look('a page says that the sandbox has gone', async () => {
  const {page, sandbox} = await open('/')
  await sandbox.close()
  await page.locator('body[data-stream=lost]').waitFor()
  await page.getByRole('button', {name: 'Move the clock by 1s'}).click()
  await page.getByRole('status').getByText('does not answer').waitFor()
})

const images = path.resolve(import.meta.dirname, '..', '..', 'docs', 'images')

/** Written with JOBSIDE_PICTURES=1 only, so that a test leaves the tree as it is. */
look('the pictures of the documents show these pages', async () => {
  const {page, sandbox, expectQuiet} = await open('/shop/web/-/pipelines/12', {
    look: {viewport: {width: 1120, height: 580}},
    sandbox: {storage: 'redirect'},
  })
  sandbox.advance('95s')
  await page.locator('time', {hasText: '09:01:35'}).waitFor()
  await picture(page, 'sandbox-pipeline.png')
  await page.emulateMedia({colorScheme: 'dark'})
  await picture(page, 'sandbox-pipeline-dark.png')
  await page.emulateMedia({colorScheme: 'light'})

  const ask = async (route: string, headers: Readonly<Record<string, string>>, method = 'GET') => {
    await fetch(`${sandbox.api}/${route}`, {headers, method}).catch(() => undefined)
    sandbox.advance('2s')
  }
  const job = {'job-token': 'glcbt-104'}
  const user = {'private-token': 'glpat-dev'}
  await ask('job', job)
  await ask('projects/shop%2Fweb/pipelines/12/jobs?per_page=100', job)
  await ask('projects/1/jobs/101/artifacts', job)
  await ask('projects/shop%2Fdocs/jobs/201/artifacts', job)
  await ask('job', {'job-token': 'glcbt-103'})
  sandbox.setFaults([{on: 'GET /projects/*/jobs', times: 1, answer: {status: 429, headers: {'Retry-After': '2'}}}])
  await ask('projects/1/jobs', user)
  await ask('projects/1/jobs', user)
  await ask('projects/1/jobs/103/erase', {'private-token': 'glpat-stranger'}, 'POST')
  await page.goto(`${sandbox.url}/-/requests`)
  await picture(page, 'sandbox-requests.png', true)

  await page.emulateMedia({colorScheme: 'dark'})
  await page.setViewportSize({width: 390, height: 780})
  await page.goto(`${sandbox.url}/shop/web/-/jobs/101`)
  await picture(page, 'sandbox-phone.png')
  expectQuiet()
})

async function picture(page: Page, name: string, isWhole = false): Promise<void> {
  await isLive(page)
  const png = await page.screenshot({animations: 'disabled', fullPage: isWhole})
  expect(png.length).toBeLessThan(150_000)
  if (process.env['JOBSIDE_PICTURES'] !== '1') return
  await mkdir(images, {recursive: true})
  await writeFile(path.join(images, name), png)
}

async function expectText(page: Page, locator: ReturnType<Page['locator']>, text: string): Promise<void> {
  await locator.filter({hasText: new RegExp(`^\\W*${text}`)}).waitFor()
  expect(page.isClosed()).toBe(false)
}

/** Of the paper, 0 to 255. */
async function lightness(page: Page): Promise<number> {
  const colour = await page.locator('body').evaluate((body: unknown) => {
    const view = globalThis as unknown as {getComputedStyle(node: unknown): {backgroundColor: string}}
    return view.getComputedStyle(body).backgroundColor
  })
  const parts = (colour.match(/[\d.]+/g) ?? []).map(Number)
  return (parts.reduce((sum, part) => sum + part, 0) / parts.length) * (colour.startsWith('color(') ? 255 : 1)
}
