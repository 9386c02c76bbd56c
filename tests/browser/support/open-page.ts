import type { Browser, BrowserContextOptions, Page } from 'playwright-core'

/** A page in a browser context of its own: no cookies or storage are shared with another. */
export interface OpenedPage {
  readonly page: Page
  /** What the page threw and what it logged as an error, except that a connection was refused. */
  readonly problems: readonly string[]
  close(): Promise<void>
}

/** What Chromium itself logs while the network is cut. */
const REFUSED = /ERR_(CONNECTION_|EMPTY_RESPONSE|NETWORK_)|WebSocket connection to/

/** Opens `url` at 1280 × 800, unless `options` say otherwise. */
export async function openPage(
  browser: Browser,
  url: string,
  options: BrowserContextOptions = {},
): Promise<OpenedPage> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options })
  const page = await context.newPage()
  const problems: string[] = []
  page.on('pageerror', (error) => problems.push(String(error)))
  page.on('console', (message) => {
    if (message.type() === 'error' && !REFUSED.test(message.text())) problems.push(message.text())
  })
  await page.goto(url)
  return { page, problems, close: () => context.close() }
}
