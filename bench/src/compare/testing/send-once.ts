/**
 * Somebody else, who sends one message: a client of their own beside the page's, straight to the server.
 *
 * Not what the page shows: no hook, no reconnecting.
 */
import { createORPCClient } from '@orpc/client'
import { RPCLink } from '@orpc/client/websocket'
import type { RouterClient } from '@orpc/server'
import { createTRPCClient, createWSClient, wsLink } from '@trpc/client'
import { createClient } from '@trunkline/client'
import { WebSocket } from 'ws'
import type { router as OrpcRouter } from '../orpc/server.js'
import type { AppRouter as TrpcRouter } from '../trpc/server.js'
import type { AppRouter } from '../trunkline/server.js'

export const sendOnce = {
  async trunkline(url: string, text: string): Promise<void> {
    const { api, connection } = createClient<AppRouter>({ url, WebSocket })
    await api.send.mutate({ text })
    connection.close()
  },
  async trpc(url: string, text: string): Promise<void> {
    // `ws` has the members of the browser's class that tRPC calls.
    const client = createWSClient({ url, WebSocket: WebSocket as unknown as typeof globalThis.WebSocket })
    const api = createTRPCClient<TrpcRouter>({ links: [wsLink({ client })] })
    await api.send.mutate({ text })
    await client.close()
  },
  async orpc(url: string, text: string): Promise<void> {
    const socket = new WebSocket(url)
    // Likewise, those that oRPC calls.
    const link = new RPCLink({ websocket: socket as unknown as globalThis.WebSocket })
    const api: RouterClient<typeof OrpcRouter> = createORPCClient(link)
    await api.send({ text })
    socket.terminate()
  },
}
