import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { ROOT } from './build-example.js'

/**
 * Writes what a page shows to `screenshots/<name>.png` at the repository's root, which git ignores, and prints the path.
 * Nothing compares it: it is for people to look at.
 */
export async function takeScreenshot(page: Page, name: string, options: { fullPage?: boolean } = {}): Promise<void> {
  const path = join(ROOT, 'screenshots', `${name}.png`)
  await page.screenshot({ path, animations: 'disabled', ...options })
  console.log(`screenshot: screenshots/${name}.png`)
}
