/**
 * From a router's types to the client's: one lazy mapped type, each route looked up by its kind.
 *
 * Not computed: a route's types are made when the route is named, so a router of thousands costs what is used of it.
 * Rule: every node carries the phantom `~types` of its procedure or topic, so InferInput and its kin work on both.
 */
import type { BuiltInError, ErrorsOf, Position, TrunklineError } from '@trunkline/core'
import type { CallOptions } from './call.js'
import type { Joined, JoinOptions, Members } from './presence.js'
import type { IterateOptions, SubscriptionCallbacks, SubscriptionHandle } from './subscription.js'
import type {
  EventCallbacks,
  SnapshotCallbacks,
  TableCallbacks,
  TopicCallbacks,
  TopicStatus,
} from './topic-callbacks.js'

/** The routes of `typeof router`, or of an interface that extends `InferRouter<typeof router>`. */
export type RouterOf<TRouter> = 0 extends 1 & TRouter
  ? 'The router is `any`: is the package that exports it installed, and its type exported?'
  : unknown extends TRouter
    ? 'The type of the router is missing: write it between < and >, as in createClient<AppRouter>(…).'
    : TRouter extends { readonly '~types': { readonly kind: 'router'; readonly routes: infer TRoutes } }
      ? TRoutes
      : TRouter

/** What a client offers for routes; a sentence about a wrong router stays as it is, as mapped types leave what is no object. */
export type Client<TRoutes> = { readonly [TName in keyof TRoutes]: ClientRoute<TRoutes[TName]> }

type ClientRoute<TRoute> = TRoute extends {
  readonly '~types': infer TTypes extends { readonly kind: keyof Kinds<never> }
}
  ? Kinds<TTypes>[TTypes['kind']]
  : Client<TRoute>

interface Kinds<TTypes> {
  readonly query: ClientQuery<TTypes>
  readonly mutation: ClientMutation<TTypes>
  readonly subscription: ClientSubscription<TTypes>
  readonly topic: ClientTopic<TTypes>
  readonly router: TTypes extends { readonly routes: infer TRoutes } ? Client<TRoutes> : never
}

interface ClientNode<TTypes> {
  /** Phantom: exists for the type checker only. */
  readonly '~types': TTypes
  /** The path, dots between its names. */
  readonly '~path': string
}

/** The promise of a call, which remembers what it can reject with; see `safe`. */
export interface CallPromise<TOutput, TError> extends Promise<TOutput> {
  /** Phantom: exists for the type checker only. */
  readonly '~types'?: { readonly error: TError }
}

/** Options of a mutation. */
export interface MutationOptions extends CallOptions {
  /** Of an idempotent mutation: two calls with one key are one. At most 256 characters. Default: made by the client. */
  readonly key?: string | undefined
}

type OutputOf<TTypes> = TTypes extends { readonly output: infer TOutput } ? TOutput : never
type MemberOf<TTypes, TName extends string> = TTypes extends { readonly [K in TName]: infer TMember } ? TMember : never
/** `input` first where one is declared; it may be left out where `undefined` is one. */
type Arguments<TTypes, TOptions> = TTypes extends { readonly input: infer TInput }
  ? undefined extends TInput
    ? [input?: TInput, options?: TOptions]
    : [input: TInput, options?: TOptions]
  : [input?: undefined, options?: TOptions]

export interface ClientQuery<TTypes> extends ClientNode<TTypes> {
  /**
   * Asks. Sent again when the session is lost.
   *
   * @throws TrunklineError a declared code, or `INVALID_INPUT`, `NOT_FOUND`, `TIMEOUT`, `CANCELLED`, `QUEUE_FULL`,
   *   `CONNECTION_CLOSED`, `INTERNAL`; its `fate` says what is known.
   * @see spec/PROTOCOL.md#5-calls
   */
  query(...args: Arguments<TTypes, CallOptions>): CallPromise<OutputOf<TTypes>, ErrorsOf<TTypes> | BuiltInError>
}

export interface ClientMutation<TTypes> extends ClientNode<TTypes> {
  /**
   * Changes something. Never runs twice: when the session is lost, only an idempotent mutation is tried again.
   *
   * @throws TrunklineError a declared code, or `CONNECTION_LOST` with fate `maybe-executed`, or as a query.
   * @see spec/PROTOCOL.md#5-calls
   */
  mutate(...args: Arguments<TTypes, MutationOptions>): CallPromise<OutputOf<TTypes>, ErrorsOf<TTypes> | BuiltInError>
}

/** Says what a loop is not given, so that an editor offers the callbacks before one of them tells the overloads apart. */
interface LoopOptions extends IterateOptions {
  readonly onItem?: undefined
  readonly onError?: undefined
  readonly onEnd?: undefined
}

export interface ClientSubscription<TTypes> extends ClientNode<TTypes> {
  /** Starts with the callbacks given; `unsubscribe()` or the signal ends it. */
  subscribe(
    input: TTypes extends { readonly input: infer TInput } ? TInput : undefined,
    callbacks: SubscriptionCallbacks<OutputOf<TTypes>, ErrorsOf<TTypes> | BuiltInError>,
  ): SubscriptionHandle
  /**
   * Gives an iterable for `for await`; each loop is a subscription of its own and starts with it. Leaving the loop ends
   * the subscription here and at the server. The server makes items no faster than the loop takes them.
   */
  subscribe(...args: Arguments<TTypes, LoopOptions>): AsyncIterable<OutputOf<TTypes>>
}

/**
 * What a topic's subscriber gives: a `log` must say what it does when events are missing, or when the state of its
 * snapshot comes; a table may start anew; nothing is ever missing of the others.
 */
type CallbacksOf<TTypes> = TTypes extends { readonly delivery: 'log' }
  ? TTypes extends { readonly snapshot: infer TState }
    ? SnapshotCallbacks<MemberOf<TTypes, 'event'>, TState>
    : TopicCallbacks<MemberOf<TTypes, 'event'>> & Required<Pick<TopicCallbacks<never>, 'onGap'>>
  : TTypes extends { readonly delivery: 'latest' }
    ? TableCallbacks<MemberOf<TTypes, 'event'>>
    : EventCallbacks<MemberOf<TTypes, 'event'>, undefined>

/** How a client publishes, where the topic lets it. */
type PublishOf<TTypes> = TTypes extends { readonly clientPublish: true }
  ? {
      /**
       * Publishes to everyone subscribed, this client included; resolves with the position once accepted.
       *
       * @throws TrunklineError `INVALID_INPUT`, `FORBIDDEN`, `PAYLOAD_TOO_LARGE` (nothing was published), `TIMEOUT`.
       */
      publish(
        params: MemberOf<TTypes, 'params'>,
        event: MemberOf<TTypes, 'publish'>,
        options?: MutationOptions,
      ): Promise<Position | undefined>
    }
  : unknown

export interface ClientTopicBase<TTypes> extends ClientNode<TTypes> {
  /**
   * Subscribes. Consumers of one topic and params share one subscription at the server; after a reconnect each goes on
   * behind the last event that it saw.
   *
   * @throws TrunklineError `INVALID_INPUT` when the params are no plain JSON or take more than 256 bytes.
   */
  subscribe(params: MemberOf<TTypes, 'params'>, callbacks: CallbacksOf<TTypes>): SubscriptionHandle<TopicStatus>
}

/** Who is there, where the topic declares presence. */
type PresenceOf<TTypes> = TTypes extends { readonly presence: infer TState; readonly join: infer TJoin }
  ? {
      /**
       * Becomes present with a state, until `leave()`; joined again by itself when the session was lost.
       *
       * @throws Error when the state cannot be encoded; what the server refuses goes to `onError`.
       * @see docs/guide/presence.md
       */
      join(params: MemberOf<TTypes, 'params'>, state: TJoin, options?: JoinOptions): Joined<TJoin, TState>
      /** Who is present, without joining; asked for while somebody subscribes to it. */
      presence(params: MemberOf<TTypes, 'params'>): Members<TState>
    }
  : unknown

export type ClientTopic<TTypes> = ClientTopicBase<TTypes> & PublishOf<TTypes> & PresenceOf<TTypes>

/** What a call of a procedure can fail with: anything where its types are not known. */
export type CallErrorOf<TTypes> = unknown extends TTypes ? TrunklineError : ErrorsOf<TTypes> | BuiltInError
