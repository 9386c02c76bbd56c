import { type QueryClient, QueryClientContext, QueryClientProvider } from '@tanstack/react-query'
import { createElement, type ReactElement, type ReactNode, useContext } from 'react'
import type { AnyClient, Binding } from './binding.js'

/** Props of `TrunklineProvider`. */
export interface TrunklineProviderProps<TClient> {
  /** What `createClient` gives. The provider does not close it. */
  readonly client: TClient
  /** Provided to everything below as well. Default: that of the QueryClientProvider above. */
  readonly queryClient?: QueryClient | undefined
  readonly children?: ReactNode
}

/** Gives a client, and if there is one a QueryClient, to everything below. */
export function Provider({
  binding: { context, clients },
  client,
  queryClient,
  children,
}: TrunklineProviderProps<AnyClient> & { readonly binding: Binding }): ReactElement {
  const above = useContext(QueryClientContext)
  const queries = queryClient ?? above
  // In the render, since a query that suspends is called in the render of a child; the same however often it is done.
  if (queries) clients.set(queries, client)
  const provided = createElement(context.Provider, { value: client }, children)
  return queryClient ? createElement(QueryClientProvider, { client: queryClient }, provided) : provided
}
