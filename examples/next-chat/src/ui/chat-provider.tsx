'use client'

import { QueryClient } from '@tanstack/react-query'
import { createClient } from '@trunkline/client'
import { type ReactNode, useState } from 'react'
import type { AppRouter } from '../chat/api'
import { TrunklineProvider } from './trunkline'

/** One connection for all rooms: it stays while people go from one to the next. */
export function ChatProvider({ children }: { children: ReactNode }): ReactNode {
  // Lazy: what renders on the server has a client as well, and must not connect. In the browser the first hook does.
  // It closes by itself when nothing uses it: here, when an edit of this file makes another one.
  const [client] = useState(() => createClient<AppRouter>({ url: socketUrl(), lazy: true, idleCloseMs: 10_000 }))
  const [queryClient] = useState(() => new QueryClient())
  return (
    <TrunklineProvider client={client} queryClient={queryClient}>
      {children}
    </TrunklineProvider>
  )
}

/** Where the page came from. On the server nobody asks. */
function socketUrl(): string {
  if (typeof location === 'undefined') return 'ws://localhost/trunkline'
  return `${location.origin.replace(/^http/, 'ws')}/trunkline`
}
