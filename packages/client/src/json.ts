import { jsonCodec } from '@trunkline/core'
import { type ClientAndConnection, type ClientOptions, createClientWith } from './create-client.js'
import type { WebSocketConstructor } from './transports/websocket.js'

export * from './public.js'

/**
 * Creates a client of a router: `createClient<AppRouter>({ url })`.
 *
 * Connects at once unless `lazy`. Calls may be made before it is open; they wait, within `limits`.
 *
 * @see docs/guide/client.md
 */
export function createClient<TRouter>(options: ClientOptions): ClientAndConnection<TRouter> {
  // The platform's own constructor has the interface; its declared event types are narrower than what is used.
  return createClientWith(options, jsonCodec, globalThis.WebSocket as unknown as WebSocketConstructor | undefined)
}
