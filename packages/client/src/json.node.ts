import { jsonCodec } from '@trunkline/core'
import { type ClientAndConnection, type ClientOptions, createClientWith } from './create-client.js'
import type { ClientTransport } from './link.js'
import { nodeWebSocket } from './transports/node.js'
import { shareSignals } from './transports/share-signals.js'
import { openWebSocket } from './transports/websocket.js'

export * from './public.js'

/**
 * Creates a client of a router: `createClient<AppRouter>({ url })`. Payloads are plain JSON.
 *
 * Connects at once unless `lazy`. Calls may be made before it is open; they wait, within `limits`.
 *
 * @see docs/guide/client.md
 */
export function createClient<TRouter>(options: ClientOptions): ClientAndConnection<TRouter> {
  const open = (url: string): ClientTransport => openWebSocket(url, options.WebSocket ?? nodeWebSocket())
  return createClientWith(options, jsonCodec, open, shareSignals)
}
