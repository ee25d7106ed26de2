import {accessSync, constants} from 'node:fs'
import {delimiter, join} from 'node:path'
import {chromium, type Browser, type Page} from 'playwright-core'

const program = (process.env['PATH'] ?? '')
  .split(delimiter)
  .flatMap((folder) => ['chromium', 'chromium-browser', 'google-chrome'].map((name) => join(folder, name)))
  .find(canRun)

/** Why no page can be looked at here, or undefined: for `testUnless`. */
export const missingBrowser =
  program === undefined ? 'there is no chromium on PATH: run scripts/install-clients.sh' : undefined

function canRun(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** A headless Chromium with a profile of its own, which goes when it is closed. It asks nobody anything by itself. */
export async function startBrowser(args: readonly string[] = []): Promise<Browser> {
  const quiet = ['--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking']
  return chromium.launch({
    executablePath: program ?? '',
    args: ['--no-sandbox', ...quiet, '--disable-component-update', '--disable-sync', ...args],
  })
}

export interface Watched {
  readonly page: Page
  /** Origins of all that was asked for. */
  readonly origins: Set<string>
  /** What the console and the page complained of, and each dialog. */
  readonly complaints: string[]
}

/** A page whose every request and complaint is written down. */
export async function watchedPage(browser: Browser, options: Parameters<Browser['newPage']>[0] = {}): Promise<Watched> {
  const page = await browser.newPage(options)
  const origins = new Set<string>()
  const complaints: string[] = []
  page.on('request', (request) => origins.add(new URL(request.url()).origin))
  page.on('pageerror', (error) => complaints.push(String(error)))
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text())
  })
  page.on('dialog', (dialog) => {
    complaints.push(`dialog ${dialog.message()}`)
    void dialog.dismiss()
  })
  return {page, origins, complaints}
}
