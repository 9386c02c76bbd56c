import { superjsonCodec } from '@trunkline/core/superjson'
import { type ClientAndConnection, type ClientOptions, createClientWith } from './create-client.js'
import { nodeWebSocket } from './transports/node.js'
import { openWebSocket } from './transports/websocket.js'

export * from './public.js'

/**
 * Creates a client of a router: `createClient<AppRouter>({ url })`. Dates, Maps and their like travel as they are.
 *
 * Connects at once unless `lazy`. Calls may be made before it is open; they wait, within `limits`.
 *
 * @see docs/guide/client.md
 */
export function createClient<TRouter>(options: ClientOptions): ClientAndConnection<TRouter> {
  return createClientWith(options, superjsonCodec, (url) => openWebSocket(url, options.WebSocket ?? nodeWebSocket()))
}
