// trunkline/client.tsx
import { createClient } from '@trunkline/client'
import { createReact } from '@trunkline/react'
import type { PropsWithChildren } from 'react'
import type { AppRouter } from './server.js'

const client = createClient<AppRouter>({ url: 'ws://localhost:3000' })
export const { api, TrunklineProvider } = createReact<AppRouter>()
export const Provider = (props: PropsWithChildren) => <TrunklineProvider client={client} {...props} />
