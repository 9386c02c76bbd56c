// trpc/client.ts
import { createTRPCClient, createWSClient, wsLink } from '@trpc/client'
import { createTRPCOptionsProxy } from '@trpc/tanstack-react-query'
import { queryClient } from '../query-client.js'
import type { AppRouter } from './server.js'

const link = wsLink({ client: createWSClient({ url: 'ws://localhost:3000' }) })
const client = createTRPCClient<AppRouter>({ links: [link] })
export const trpc = createTRPCOptionsProxy<AppRouter>({ client, queryClient })
