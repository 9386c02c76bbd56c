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
  for (const name of Object.keys(routes)) if (name !== CJS_EXPORTS) demandName(name, '')
  return { '~routes': routes } as Router<TRoutes, TContext>
}

/**
 * The routes of an object or module by name; reads them, so not for declaring.
 *
 * @param prefix - the path of the object with a dot behind it, for messages.
 * @throws TypeError for a name that no route can have.
 */
export function listRoutes(routes: object, prefix: string): [name: string, route: unknown][] {
  const { [CJS_EXPORTS]: _, ...named }: Record<string, unknown> = { ...routes }
  // `import()` of a CommonJS module gives, beside its exports, all of them again and the mark of a compiler.
  if (named['__esModule'] === true) delete named['__esModule']
  const all = named['default']
  if (typeof all === 'object' && all !== null && !isRoute(all)) {
    if (Object.entries(all).every(([name, route]) => route === named[name])) delete named['default']
  }
  for (const name of Object.keys(named)) demandName(name, prefix)
  return Object.entries(named)
}

/** What Node calls all exports of a CommonJS module. */
const CJS_EXPORTS = 'module.exports'

function demandName(name: string, prefix: string): void {
  if (name === 'then') {
    throw new TypeError(`${where(prefix)}A route cannot be called \`then\`: awaiting the client would call it.`)
  }
  if (name === '' || name.includes('.') || name.startsWith('~')) {
    throw new TypeError(
      `${where(prefix)}A route's name is not empty, has no dot and no leading ~, but one is ${JSON.stringify(name)}.`,
    )
  }
}

function where(prefix: string): string {
  return prefix && `In ${prefix.slice(0, -1)}: `
}

/** Whether a value is one route and not an object of some. */
function isRoute(value: object): boolean {
  return '~routes' in value || '~load' in value || '~procedure' in value || '~topic' in value
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
