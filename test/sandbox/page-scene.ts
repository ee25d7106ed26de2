import {afterAll, afterEach, beforeAll, expect} from '@jest/globals'
import type {Browser, BrowserContextOptions, Page} from 'playwright-core'
import type {Sandbox, SandboxOptions} from '../../src/sandbox/cli/sandbox.ts'
import type {WorldFile} from '../../src/sandbox/world/world-types.ts'
import {missingBrowser, startBrowser, watchedPage} from '../support/browser.ts'
import {startSandbox} from '../support/sandbox.ts'
import {busyWorld} from './page-world.ts'

export interface Scene {
  readonly page: Page
  readonly sandbox: Sandbox
  /** Of the console and the page, and each dialog. */
  readonly complaints: readonly string[]
  /** Nobody but the sandbox was asked, and nothing was complained of. */
  readonly expectQuiet: () => void
}

export interface SceneOptions {
  readonly world?: WorldFile
  readonly look?: BrowserContextOptions
  readonly sandbox?: SandboxOptions
}

/** For one test file: a browser, and for each test a sandbox and a page of it that is live. */
export function pageScenes(args: readonly string[] = []): (place: string, options?: SceneOptions) => Promise<Scene> {
  let browser: Browser | undefined
  const open: {close(): Promise<void>}[] = []
  beforeAll(async () => {
    if (missingBrowser === undefined) browser = await startBrowser(args)
  })
  afterEach(async () => {
    for (const each of open.splice(0).toReversed()) await each.close()
  })
  afterAll(async () => browser?.close())

  return async (place, {world = busyWorld, look = {}, sandbox: more = {}} = {}) => {
    if (!browser) throw new Error('no browser')
    const sandbox = await startSandbox(world, more)
    open.push(sandbox)
    const {page, origins, complaints} = await watchedPage(browser, look)
    open.push(page)
    await page.goto(`${sandbox.url}${place}`)
    await isLive(page)
    const expectQuiet = () => {
      expect([...origins]).toEqual([sandbox.url])
      expect(complaints).toEqual([])
    }
    return {page, sandbox, complaints, expectQuiet}
  }
}

export async function isLive(page: Page): Promise<void> {
  await page.locator('body[data-stream=open]').waitFor()
}
