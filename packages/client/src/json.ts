import { jsonCodec } from '@trunkline/core'
import { type ClientAndConnection, type ClientOptions, createClientWith } from './create-client.js'
import { openWebSocket } from './transports/websocket.js'
import type { WebSocketConstructor } from './websocket-like.js'

export * from './public.js'

/**
 * Creates a client of a router: `createClient<AppRouter>({ url })`. Payloads are plain JSON.
 *
 * Connects at once unless `lazy`. Calls may be made before it is open; they wait, within `limits`.
 *
 * @see docs/guide/client.md
 */
export function createClient<TRouter>(options: ClientOptions): ClientAndConnection<TRouter> {
  // The platform's own constructor makes what is needed; its declared event types are narrower.
  const platform = globalThis.WebSocket as unknown as WebSocketConstructor | undefined
  return createClientWith(options, jsonCodec, (url) => openWebSocket(url, options.WebSocket ?? platform))
}
