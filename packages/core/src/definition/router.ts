/**
 * Routers: names to procedures, topics and further routers.
 *
 * Not a dispatcher (server/src/routes.ts compiles one). Rule: declaring a router looks at names only and reads no
 * route, so modules may import each other in a circle and large routers stay cheap to check.
 */

/** Named routes: procedures, topics, contracts, routers, lazy routers, or further objects of these. */
export type Routes = object

/** Names that a client's proxy must not answer to. */
export interface ReservedNames {
  readonly then?: 'A route cannot be called `then`: awaiting the client would call it.'
}

/** A router with the context that its handlers need. */
export interface Router<TRoutes extends Routes, TContext = unknown> {
  /** Phantom: exists for the type checker only. */
  readonly '~types': { readonly kind: 'router'; readonly routes: TRoutes; readonly context: TContext }
  readonly '~routes': TRoutes
}

/** A router that is loaded when one of its routes is first used. */
export interface LazyRouter<TRoutes extends Routes> {
  /** Phantom: exists for the type checker only. */
  readonly '~types': { readonly kind: 'router'; readonly routes: TRoutes }
  readonly '~load': () => Promise<TRoutes | Router<TRoutes>>
}

/**
 * The routes of a router, for `export interface AppRouter extends InferRouter<typeof router> {}`: the name then stands
 * in hovers, messages and declarations. `typeof router` works as well.
 */
export type InferRouter<TRouter extends { readonly '~types': { readonly routes: object } }> =
  TRouter['~types']['routes']

/** Makes a router; see `Trunkline.router`. */
export function createRouter<TRoutes extends Routes, TContext>(routes: TRoutes): Router<TRoutes, TContext> {
  for (const name of Object.keys(routes)) {
    if (name === 'then') throw new TypeError('A route cannot be called `then`: awaiting the client would call it.')
    if (name === '' || name.includes('.') || name.startsWith('~')) {
      throw new TypeError(
        `A route's name is not empty, has no dot and no leading ~, but one is ${JSON.stringify(name)}.`,
      )
    }
  }
  return { '~routes': routes } as Router<TRoutes, TContext>
}

/** Makes a lazy router; see `Trunkline.lazy`. */
export function createLazyRouter<TRoutes extends Routes>(
  load: () => Promise<TRoutes | Router<TRoutes>>,
): LazyRouter<TRoutes> {
  return { '~load': load } as LazyRouter<TRoutes>
}

/** Whether `value` was made by `router`. */
export function isRouter(value: unknown): value is Router<Routes> {
  return typeof value === 'object' && value !== null && '~routes' in value
}

/** Whether `value` was made by `lazy`. */
export function isLazyRouter(value: unknown): value is LazyRouter<Routes> {
  return typeof value === 'object' && value !== null && '~load' in value
}
