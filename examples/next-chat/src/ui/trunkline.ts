'use client'

import { createReact } from '@trunkline/react'
import type { AppRouter } from '../chat/api'

/** The hooks of the chat: every type comes from its router, and nothing else of it. */
export const { api, TrunklineProvider, useClient, useConnection } = createReact<AppRouter>()
