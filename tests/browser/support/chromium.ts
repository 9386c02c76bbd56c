/**
 * The system's Chromium, without a window.
 *
 * Not a download: a browser that a package fetches is another 150 MB and another supply chain. Rule: a machine without one
 * gets a sentence that says how to install it, never a skipped test.
 */
import { type Browser, chromium, type LaunchOptions } from 'playwright-core'
import { findProgram } from '../../support/find-program.js'

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable']

const FLAGS = [
  // Containers and CI run as root, where Chromium's sandbox does not start. The tests open pages of ours only.
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  // `gc()` for the tests of memory, and exact figures for what a heap holds.
  '--js-flags=--expose-gc',
  '--enable-precise-memory-info',
]

/** Starts Chromium. The caller closes it. */
export function launchChromium(options: LaunchOptions = {}): Promise<Browser> {
  return chromium.launch({ executablePath: findChromium(), args: FLAGS, ...options })
}

/** `CHROMIUM_PATH`, or the first known name on the PATH. */
function findChromium(): string {
  const found = findProgram(process.env['CHROMIUM_PATH'], NAMES)
  if (found !== undefined) return found
  throw new Error(
    'The browser tests need Chromium on the PATH: install it with `apt-get install chromium` (Debian, Ubuntu) or ' +
      '`brew install --cask chromium` (macOS), or name one in CHROMIUM_PATH.',
  )
}
