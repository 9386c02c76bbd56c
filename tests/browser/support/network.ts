/**
 * A network between a page and its server that can be cut.
 *
 * Not the browser's offline switch: that leaves open sockets alone. Rule: the page is loaded from here too, so its origin
 * is its server's host and nothing in the example knows of the proxy.
 */
import { createFaultProxy } from '@trunkline/testkit'
import type { Page } from 'playwright-core'
import type { Example } from './example.js'

/** A network that a page is loaded through. */
export interface Network {
  /** Where the page opens the example. */
  readonly url: string
  /** Resets every connection and every new one. */
  cut(): void
  /** Lets new connections through, and tells the pages that they are online, as a browser does then. */
  restore(...pages: readonly Page[]): Promise<void>
  /** Ends it; the server stays. */
  close(): Promise<void>
}

/** Starts a network to a server. A server that comes back on the same port is reached again. */
export async function createNetwork({ port }: Pick<Example, 'port'>): Promise<Network> {
  const proxy = await createFaultProxy({ targetPort: port })
  return {
    url: `http://127.0.0.1:${proxy.port}`,
    cut: () => {
      proxy.refuse(true)
      proxy.cutAll()
    },
    restore: async (...pages) => {
      proxy.refuse(false)
      await Promise.all(pages.map((page) => page.evaluate(() => window.dispatchEvent(new Event('online')))))
    },
    close: () => proxy.close(),
  }
}
