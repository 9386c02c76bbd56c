/**
 * Contract-first: the router's shape is declared without handlers and implemented where the server lives.
 *
 * Not a second way to build: it ends with the same procedures and topics.
 * Rule: every contract needs a handler, by type and again at run time, with a sentence that names the missing paths.
 */

import type { Position } from '../protocol/position.js'
import type { HandlerArgs, MaybePromise } from './handler.js'
import { createProcedure, isProcedure, type Procedure } from './procedure.js'
import { createRouter, isLazyRouter, isRouter, listRoutes, type Router } from './router.js'
import { type AnyTopic, type AuthorizeArgs, contradiction, isTopic, type SnapshotAt } from './topic.js'

/** What a topic of a contract may still be given. */
export interface TopicHandlers<TContext, TTypes> {
  readonly authorize?: (args: AuthorizeArgs<TContext, Lookup<TTypes, 'params'>>) => MaybePromise<boolean>
  readonly snapshot?: (args: {
    readonly ctx: TContext
    readonly params: Lookup<TTypes, 'params'>
    readonly position: Position
    readonly signal: AbortSignal
  }) => MaybePromise<Lookup<TTypes, 'snapshot'> | SnapshotAt<Lookup<TTypes, 'snapshot'>>>
}

type Lookup<TTypes, TKey extends string> = TTypes extends { readonly [K in TKey]: infer TValue } ? TValue : unknown

/**
 * The handlers that a contract demands: one for each procedure that has none, optionally more for a topic. What has its
 * handlers already, lazy routers among it, is not asked for.
 */
export type Handlers<TRoutes, TContext> = {
  readonly [TName in keyof TRoutes as IfDemanded<TRoutes[TName], TName>]: RouteHandlers<TRoutes[TName], TContext>
} & {
  readonly [TName in keyof TRoutes as TRoutes[TName] extends HasTopic ? TName : never]?: TopicHandlers<
    TContext,
    TRoutes[TName] extends { readonly '~types': infer TTypes } ? TTypes : never
  >
}

interface HasTopic {
  readonly '~topic': unknown
}

/** `TName` where the route needs a handler. `returns` is what only a contract's types have. */
type IfDemanded<TRoute, TName> = TRoute extends HasTopic | { readonly '~load': unknown }
  ? never
  : TRoute extends { readonly '~procedure': unknown }
    ? TRoute extends { readonly '~types': { readonly returns: unknown } }
      ? TName
      : never
    : TName

type RouteHandlers<TRoute, TContext> = TRoute extends {
  readonly '~procedure': unknown
  readonly '~types': infer TTypes
}
  ? ContractHandler<TTypes, TContext>
  : TRoute extends { readonly '~routes': infer TNested }
    ? Handlers<TNested, TContext>
    : Handlers<TRoute, TContext>

type ContractHandler<TTypes, TContext> = TTypes extends { kind: infer TKind; returns: infer TReturns }
  ? (
      args: HandlerArgs<TTypes & { context: TContext }>,
    ) => TKind extends 'subscription'
      ? MaybePromise<AsyncIterable<TReturns | { readonly '~tracked': string; readonly value: TReturns }>>
      : MaybePromise<TReturns>
  : never

/**
 * Joins a contract with its handlers.
 *
 * @throws TypeError that names every path without a handler, and every handler without a contract.
 */
export function createImplementation<TRoutes extends object, TContext>(
  contract: Router<TRoutes>,
  handlers: Handlers<TRoutes, TContext>,
): Router<TRoutes, TContext> {
  const problems: string[] = []
  const routes = joinRoutes(contract['~routes'], handlers, '', problems)
  if (problems.length > 0) throw new TypeError(`implement: ${problems.join('; ')}.`)
  // The routes keep the contract's names and kinds, which is all that TRoutes says of them.
  return createRouter<TRoutes, TContext>(routes as TRoutes)
}

function joinRoutes(routes: object, handlers: unknown, prefix: string, problems: string[]): object {
  const given = new Map(typeof handlers === 'object' && handlers !== null ? Object.entries(handlers) : [])
  const joined = listRoutes(routes, prefix).map(([name, route]) => {
    const path = prefix + name
    const handler = given.get(name)
    given.delete(name)
    return [name, joinRoute(route, handler, path, problems)]
  })
  for (const name of given.keys()) problems.push(`${prefix}${name} has a handler but is not in the contract`)
  return Object.fromEntries(joined)
}

function joinRoute(route: unknown, handler: unknown, path: string, problems: string[]): unknown {
  if (isProcedure(route)) {
    const definition = route['~procedure']
    if (definition.handler !== undefined && handler === undefined) return route
    if (definition.handler !== undefined) problems.push(`${path} has a handler already`)
    else if (typeof handler !== 'function') problems.push(`${path} has no handler`)
    // The handler's arguments were checked by Handlers<…>.
    else return createProcedure({ ...definition, handler: handler as (args: never) => unknown }) as Procedure
    return route
  }
  if (isTopic(route)) {
    if (handler === undefined) return route
    const { authorize, snapshot, ...others } = Object(handler) as TopicHandlers<never, unknown>
    const [unknown] = typeof handler === 'object' ? Object.keys(others) : [`a ${typeof handler}`]
    // Misspelt, it would let everybody in.
    if (unknown !== undefined) problems.push(`${path} is a topic: it takes authorize and snapshot, not ${unknown}`)
    const declared = route['~topic']
    const definition = {
      ...declared,
      authorize: authorize ?? declared.authorize,
      snapshot: snapshot ?? declared.snapshot,
    }
    const problem = contradiction({ event: declared.event, delivery: declared.delivery, authorize, snapshot })
    if (problem !== undefined) problems.push(`${path}: ${problem.slice(0, -1)}`)
    // Who has the contract's topic in hand publishes on this one.
    return { '~topic': definition, '~implements': route['~implements'] ?? route } as AnyTopic
  }
  if (isLazyRouter(route)) {
    // Its routes are not here to be joined; one that brings its handlers along may stay.
    if (handler !== undefined) problems.push(`${path} is lazy: load it first, or implement it where it is defined`)
    return route
  }
  if (isRouter(route)) return createRouter(joinRoutes(route['~routes'], handler, `${path}.`, problems))
  if (typeof route === 'object' && route !== null) return joinRoutes(route, handler, `${path}.`, problems)
  problems.push(`${path} is ${route === null ? 'null' : typeof route} and no contract`)
  return route
}
