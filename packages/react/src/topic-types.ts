/**
 * The types of a topic's hooks.
 */
import type { SkipToken } from '@tanstack/react-query'
import type {
  EventCallbacks,
  Gap,
  Since,
  SnapshotCallbacks,
  TableCallbacks,
  TopicCallbacks,
  UpdateOptions,
} from '@trunkline/client'
import type { LiveState, PlacedState, PresenceState, TopicState } from '@trunkline/client/observer'
import type { MemberOf, RouteNode } from './route-types.js'

interface Enabled {
  /** Whether it is asked for. Default true. */
  readonly enabled?: boolean | undefined
}

/**
 * What a topic's consumer gives, as in the client: a `log` must say what it does when events are missing, or when the
 * state of its snapshot comes. The callbacks of the newest render are called.
 */
type CallbacksOf<TTypes> = TTypes extends { readonly delivery: 'log' }
  ? TTypes extends { readonly snapshot: infer TState }
    ? SnapshotCallbacks<MemberOf<TTypes, 'event'>, TState>
    : TopicCallbacks<MemberOf<TTypes, 'event'>> & Required<Pick<TopicCallbacks<never>, 'onGap'>>
  : TTypes extends { readonly delivery: 'latest' }
    ? TableCallbacks<MemberOf<TTypes, 'event'>>
    : EventCallbacks<MemberOf<TTypes, 'event'>, undefined>

/** How the state of a topic with a snapshot is kept. */
export interface SnapshotLiveOptions<TState, TEvent, TSelected> extends Enabled {
  /** Gives the next state; leaves the one before as it is, and takes an event twice without harm: see `upsertBy`. */
  readonly reduce: (state: TState, event: TEvent) => TState
  /** What a server rendered, with its position: nothing after it is missed, and nothing is fetched again. */
  readonly initial?: PlacedState<TState> | undefined
  /** What of the state is shown; where that stays the same, nothing is rendered. */
  readonly select?: ((state: TState) => TSelected) | undefined
}

/** How the state of a topic without a snapshot is kept. */
export interface EmptyLiveOptions<TState, TEvent, TSelected> extends Enabled {
  /** The state before any event. */
  readonly empty: TState
  /** Gives the next state; leaves the one before as it is. */
  readonly reduce: (state: NoInfer<TState>, event: TEvent) => NoInfer<TState>
  /** What of the state is shown; where that stays the same, nothing is rendered. */
  readonly select?: ((state: NoInfer<TState>) => TSelected) | undefined
}

interface LogLiveOptions<TState> {
  /** Where to begin. Default `now`. */
  readonly since?: Since | undefined
  /** Events are missing: gives the state to go on with. */
  readonly onGap: (state: NoInfer<TState>, gap: Gap) => NoInfer<TState>
}

/** With what a server rendered there is a state from the start. */
interface SnapshotLive<TParams, TState, TEvent> {
  <TSelected = TState>(
    params: TParams,
    options: SnapshotLiveOptions<TState, TEvent, TSelected> & { readonly initial: PlacedState<TState> },
  ): LiveState<TSelected>
  <TSelected = TState>(
    params: TParams,
    options: SnapshotLiveOptions<TState, TEvent, TSelected>,
  ): LiveState<TSelected | undefined>
}

/** The state of a topic. */
interface LiveHook<TTypes> {
  /**
   * The state of a topic: its snapshot, reduced by the events after it; of a topic without one, `empty` reduced by its
   * events. Several events of one turn are one render.
   *
   * @see docs/guide/react.md#live-state
   */
  useLive: TTypes extends { readonly snapshot: infer TState }
    ? SnapshotLive<MemberOf<TTypes, 'params'> | SkipToken, TState, MemberOf<TTypes, 'event'>>
    : <TState, TSelected = TState>(
        params: MemberOf<TTypes, 'params'> | SkipToken,
        options: EmptyLiveOptions<TState, MemberOf<TTypes, 'event'>, TSelected> &
          (TTypes extends { readonly delivery: 'log' } ? LogLiveOptions<TState> : unknown),
      ) => LiveState<TSelected>
}

/** Who is there, where the topic declares presence. */
type PresenceHook<TTypes> = TTypes extends { readonly presence: infer TState; readonly join: infer TJoin }
  ? {
      /**
       * Is present with a state while it is shown, and tells who else is. Without a state it only tells.
       *
       * All that are present on one topic and params are it by one join; the state given last is shown.
       * @see docs/guide/react.md#presence
       */
      usePresence(
        params: MemberOf<TTypes, 'params'> | SkipToken,
        state?: TJoin | undefined,
        options?: Enabled,
      ): PresenceResult<TJoin, TState>
    }
  : unknown

/** Who is present, and how to change what is shown of this client. */
export interface PresenceResult<TJoin, TState> extends PresenceState<TState> {
  /** Changes some of the state; it is the same function in each render. Does nothing where no state was given. */
  readonly update: (patch: TJoin extends object ? Partial<TJoin> : TJoin, options?: UpdateOptions) => void
}

interface TopicHook<TTypes> {
  /**
   * Subscribes while it is shown, and tells where the subscription stands. Consumers of one topic and params share one
   * subscription at the server.
   *
   * @param callbacks - those of the newest render are called; `since` counts when it begins.
   */
  useTopic(
    params: MemberOf<TTypes, 'params'> | SkipToken,
    callbacks: Omit<CallbacksOf<TTypes>, 'signal'> & Enabled,
  ): TopicState
}

/** What a topic offers. */
export type TopicHooks<TTypes> = RouteNode<TTypes> & TopicHook<TTypes> & LiveHook<TTypes> & PresenceHook<TTypes>
