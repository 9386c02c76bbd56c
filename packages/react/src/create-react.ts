/**
 * Puts the hooks of a router together.
 *
 * Rule: nothing of the router is needed at run time: the last name of a path says which hook it is.
 */
import type { QueryClient } from '@tanstack/react-query'
import type { ClientAndConnection, ConnectionStatus, RouterOf } from '@trunkline/client'
import { createProxy } from '@trunkline/client/observer'
import { createContext, createElement, type ReactElement } from 'react'
import { type AnyClient, type Binding, useClient } from './binding.js'
import { HELPERS, type Verb, type Verbs } from './helpers.js'
import type { Source } from './query-options.js'
import type { ReactApi } from './react-types.js'
import { Provider, type TrunklineProviderProps } from './trunkline-provider.js'
import { useConnection } from './use-connection.js'
import { useLive } from './use-live.js'
import { useMutation } from './use-mutation.js'
import { usePresence } from './use-presence.js'
import { useQuery } from './use-query.js'
import { useSubscription } from './use-subscription.js'
import { useSuspenseQuery } from './use-suspense-query.js'
import { useTopic } from './use-topic.js'

/** Options of `createReact`. */
export interface ReactOptions {
  /** First in the keys of TanStack Query; two routers in one QueryClient need two names. Default `trunkline`. */
  readonly name?: string | undefined
}

/** What `createReact` gives. */
export interface TrunklineReact<TRouter> {
  /** The router's paths, each with its hooks. */
  readonly api: ReactApi<RouterOf<TRouter>>
  /** Gives the client to everything below. */
  TrunklineProvider(props: TrunklineProviderProps<ClientAndConnection<TRouter>>): ReactElement
  /** The client of the provider above, for calls that no hook makes. */
  useClient(): ClientAndConnection<TRouter>
  /** Where the connection stands, or what is selected of it. While a server renders it is `idle`. */
  useConnection<TSelected = ConnectionStatus>(select?: (status: ConnectionStatus) => TSelected): TSelected
}

const HOOKS: Verbs<Binding & Source> = {
  useQuery,
  useSuspenseQuery,
  useMutation,
  useSubscription,
  useTopic,
  useLive,
  usePresence,
  ...HELPERS,
}

/**
 * Creates the hooks of a router: `createReact<AppRouter>()`. Once per app, in a module that components import.
 *
 * @see docs/guide/react.md
 */
export function createReact<TRouter>({ name = 'trunkline' }: ReactOptions = {}): TrunklineReact<TRouter> {
  const clients = new WeakMap<QueryClient, AnyClient>()
  const binding: Binding & Source = {
    name,
    clients,
    context: createContext<AnyClient | undefined>(undefined),
    apiOf: (queryClient) => {
      const client = clients.get(queryClient)
      if (!client) throw new Error('There is no <TrunklineProvider> under the provider of this QueryClient.')
      return client.api
    },
  }
  const api = createProxy((verb, path, args) => {
    // Such as `useLiveQuery`, which is downloaded by who imports it only.
    if (verb === '~use') return (args[0] as Verb<Binding & Source>)(binding, path, ...args.slice(1))
    const hook = HOOKS[verb]
    if (!hook) throw new TypeError(`${path}.${verb}: use ${Object.keys(HOOKS).join(', ')}.`)
    return hook(binding, path, ...args)
  })
  const react = {
    api,
    TrunklineProvider: (props: TrunklineProviderProps<AnyClient>) => createElement(Provider, { ...props, binding }),
    useClient: () => useClient(binding),
    useConnection: (select?: (status: ConnectionStatus) => unknown) => useConnection(binding, select),
  }
  // The proxy answers to every path; its types say which there are.
  return react as unknown as TrunklineReact<TRouter>
}
