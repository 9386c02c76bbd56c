/**
 * The types of an in-process caller: one lazy mapped type over the routes.
 */
import type { Procedure, ProcedureTypes } from '@trunkline/core'

/** What `createCaller` gives for routes. */
export type Caller<TRoutes> = { readonly [TName in keyof TRoutes]: RouteCaller<TRoutes[TName]> }

type RouteCaller<TRoute> =
  TRoute extends Procedure<infer TTypes extends ProcedureTypes>
    ? ProcedureCaller<TTypes>[TTypes['kind']]
    : TRoute extends { readonly '~types': { readonly kind: 'router'; readonly routes: infer TRoutes } }
      ? Caller<TRoutes>
      : TRoute extends { readonly '~topic': unknown }
        ? 'A topic is not called: publish with `server.publish`.'
        : Caller<TRoute>

interface ProcedureCaller<TTypes extends ProcedureTypes> {
  readonly query: { readonly query: (...input: InputArgs<TTypes>) => Promise<TTypes['output']> }
  readonly mutation: { readonly mutate: (...input: InputArgs<TTypes>) => Promise<TTypes['output']> }
  readonly subscription: { readonly subscribe: (...input: InputArgs<TTypes>) => AsyncIterable<TTypes['output']> }
}

type InputArgs<TTypes> = TTypes extends { input: infer TInput }
  ? undefined extends TInput
    ? [input?: TInput]
    : [input: TInput]
  : []
