/**
 * The queries of a router without React: for server components, loaders and route handlers.
 *
 * Rule: the keys are those of the hooks, so that what is fetched here is found there.
 */
import type { RouterOf } from '@trunkline/client'
import { createProxy } from '@trunkline/client/observer'
import { HELPERS } from './helpers.js'
import type { Source } from './query-options.js'
import type { QueryHelpers } from './query-types.js'
import type { PathNode } from './react-types.js'

/** The queries of routes. */
export type Queries<TRoutes> = PathNode & { readonly [TName in keyof TRoutes]: QueriesOf<TRoutes[TName]> }

type QueriesOf<TRoute> = TRoute extends { readonly '~types': infer TTypes extends { readonly kind: string } }
  ? TTypes extends { readonly kind: 'query' }
    ? QueryHelpers<TTypes>
    : TTypes extends { readonly kind: 'router'; readonly routes: infer TRoutes }
      ? Queries<TRoutes>
      : 'Here are queries only: mutations, subscriptions and topics need the client.'
  : Queries<TRoute>

/** Options of `createQueries`. */
export interface QueriesOptions {
  /** That of `createReact`. Default `trunkline`. */
  readonly name?: string | undefined
}

/**
 * Creates the queries of a router: `createQueries<AppRouter>(caller)`.
 *
 * @param api - what calls them: a server's `createCaller`, or the `api` of a client.
 * @see docs/guide/react.md#server-rendering
 */
export function createQueries<TRouter>(
  api: object,
  { name = 'trunkline' }: QueriesOptions = {},
): Queries<RouterOf<TRouter>> {
  const source: Source = { name, apiOf: () => api }
  // The proxy answers to every path; its types say which there are.
  return createProxy((verb, path, args) => {
    const helper = HELPERS[verb]
    if (!helper) throw new TypeError(`${path}.${verb}: use ${Object.keys(HELPERS).join(', ')}.`)
    return helper(source, path, ...args)
  }) as Queries<RouterOf<TRouter>>
}
