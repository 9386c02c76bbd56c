/**
 * From a router's types to hooks: one lazy mapped type, each route looked up by its kind.
 *
 * The twin of the client's types (client-types.ts there). Rule: every type of a hook is looked up in the `~types` of its
 * route; nothing is computed before the route is named.
 */
import type { QueryKey } from '@tanstack/react-query'
import type { MutationHooks } from './mutation-types.js'
import type { QueryHooks } from './query-types.js'
import type { SubscriptionHooks } from './subscription-types.js'
import type { TopicHooks } from './topic-types.js'

/** The hooks of routes. */
export type ReactApi<TRoutes> = PathNode & { readonly [TName in keyof TRoutes]: ReactRoute<TRoutes[TName]> }

type ReactRoute<TRoute> = TRoute extends {
  readonly '~types': infer TTypes extends { readonly kind: keyof Kinds<never> }
}
  ? Kinds<TTypes>[TTypes['kind']]
  : ReactApi<TRoute>

interface Kinds<TTypes> {
  readonly query: QueryHooks<TTypes>
  readonly mutation: MutationHooks<TTypes>
  readonly subscription: SubscriptionHooks<TTypes>
  readonly topic: TopicHooks<TTypes>
  readonly router: TTypes extends { readonly routes: infer TRoutes } ? ReactApi<TRoutes> : never
}

/** A part of the router. */
export interface PathNode {
  /** The key under which TanStack Query keeps everything below this path: to invalidate it together. */
  pathKey(): QueryKey
}
