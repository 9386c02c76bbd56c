// orpc/client.ts
import { createORPCClient } from '@orpc/client'
import { ClientRetryPlugin, type ClientRetryPluginContext } from '@orpc/client/plugins'
import { RPCLink } from '@orpc/client/websocket'
import type { RouterClient } from '@orpc/server'
import { createTanstackQueryUtils } from '@orpc/tanstack-query'
import { WebSocket } from 'partysocket'
import type { router } from './server.js'

// The cast: TypeScript 6 declares four values of `readyState`, partysocket any number.
const websocket = new WebSocket('ws://localhost:3000') as unknown as globalThis.WebSocket
const link = new RPCLink<ClientRetryPluginContext>({ websocket, plugins: [new ClientRetryPlugin()] })
const client: RouterClient<typeof router, ClientRetryPluginContext> = createORPCClient(link)
export const orpc = createTanstackQueryUtils(client)
