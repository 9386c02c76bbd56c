/**
 * What the hooks of one `createReact` share: where their client is found.
 *
 * Rule: hooks take the client of the provider above them; what TanStack calls later takes the one of its QueryClient.
 */
import type { QueryClient } from '@tanstack/react-query'
import type { ClientAndConnection } from '@trunkline/client'
import { type Context, useContext } from 'react'
import { nodeAt } from './node-at.js'

/** A client of any router. */
export type AnyClient = ClientAndConnection<Record<never, never>>

export interface Binding {
  /** First in the keys of TanStack Query. */
  readonly name: string
  readonly context: Context<AnyClient | undefined>
  readonly clients: WeakMap<QueryClient, AnyClient>
}

/** The client of the provider above. */
export function useClient({ context }: Binding): AnyClient {
  const client = useContext(context)
  if (!client) throw new Error('There is no <TrunklineProvider> above.')
  return client
}

/** The node of a path in the client of the provider above; the same object in each render. */
export function useNode(binding: Binding, path: string): ReturnType<typeof nodeAt> {
  return nodeAt(useClient(binding).api, path)
}
