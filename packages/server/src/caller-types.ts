/**
 * The types of an in-process caller: one lazy mapped type over the routes.
 */
import type { Position, Procedure, ProcedureTypes } from '@trunkline/core'

/** What `createCaller` gives for routes. */
export type Caller<TRoutes> = { readonly [TName in keyof TRoutes]: RouteCaller<TRoutes[TName]> }

type RouteCaller<TRoute> =
  TRoute extends Procedure<infer TTypes extends ProcedureTypes>
    ? ProcedureCaller<TTypes>[TTypes['kind']]
    : TRoute extends { readonly '~types': { readonly kind: 'router'; readonly routes: infer TRoutes } }
      ? Caller<TRoutes>
      : TRoute extends { readonly '~topic': unknown; readonly '~types': infer TTypes }
        ? TopicCaller<TTypes>
        : Caller<TRoute>

interface ProcedureCaller<TTypes extends ProcedureTypes> {
  readonly query: { readonly query: (...input: InputArgs<TTypes>) => Promise<TTypes['output']> }
  readonly mutation: { readonly mutate: (...input: InputArgs<TTypes>) => Promise<TTypes['output']> }
  readonly subscription: { readonly subscribe: (...input: InputArgs<TTypes>) => AsyncIterable<TTypes['output']> }
}

type TopicCaller<TTypes> = TTypes extends { readonly delivery: 'log'; readonly params: infer TParams }
  ? PositionCaller<TParams> &
      (TTypes extends { readonly snapshot: infer TState } ? SnapshotCaller<TParams, TState> : unknown)
  : 'A topic that keeps no history has no position: publish to it with `server.publish`.'

interface PositionCaller<TParams> {
  /**
   * Where the topic stands now: pass it as `since` to go on behind it. Needs the caller's `broker`.
   *
   * @throws TrunklineError `INVALID_INPUT`, `FORBIDDEN`, as for a subscribe; `BROKER_UNAVAILABLE`.
   */
  position(params: TParams): Promise<Position>
}

interface SnapshotCaller<TParams, TState> {
  /**
   * The state of the topic, with the position to go on behind. Needs the caller's `broker`.
   *
   * @throws TrunklineError as `position`, and what the topic's `snapshot` throws.
   */
  snapshot(params: TParams): Promise<{ readonly state: TState; readonly position: Position }>
}

type InputArgs<TTypes> = TTypes extends { input: infer TInput }
  ? undefined extends TInput
    ? [input?: TInput]
    : [input: TInput]
  : []
