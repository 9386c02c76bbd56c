/**
 * The state of a topic with a snapshot: the snapshot, reduced by the events after it.
 *
 * Not part of a client: it is imported by who uses it. Rule: a new snapshot takes the place of the state; until the first
 * one there is none, unless it goes on from one that is given. An event may be in a snapshot already unless that is exact, so `reduce` takes it twice without harm.
 */
import type { Position, TrunklineError } from '@trunkline/core'
import type { SubscriptionHandle } from './subscription.js'
import type { EventPlace, TopicStatus } from './topic-callbacks.js'

/** What a reduced topic can be given. */
export interface ReduceOptions<TState> {
  /**
   * Called with every new state, and the place in the topic's history that it has: undefined where no event that is kept
   * has come yet.
   */
  readonly onState: (state: TState, position: Position | undefined) => void
  /**
   * A state with its place, such as a server rendered or `onState` gave: the events after it follow, and no snapshot is
   * taken where that place can be continued. `onState` is not called with it.
   */
  readonly initial?: { readonly state: TState; readonly position: Position } | undefined
  readonly onStatus?: ((status: TopicStatus, error?: TrunklineError) => void) | undefined
  /** Unsubscribes. */
  readonly signal?: AbortSignal | undefined
}

/** A subscription that keeps the state. */
export interface ReducedTopic<TState> extends SubscriptionHandle<TopicStatus> {
  /** The newest state; undefined until the first snapshot came. */
  state(): TState | undefined
}

interface ReducibleTypes {
  readonly params: unknown
  readonly event: unknown
  readonly snapshot: unknown
}

/**
 * Subscribes to a topic that has a snapshot, and keeps its state.
 *
 * @param reduce - gives the next state; it must leave the one before as it is, and take an event twice without harm:
 *   see `upsertBy`. One that throws is reported as `listener-failed`, and the state stays.
 * @see docs/guide/topics.md#snapshots
 */
export function reduceTopic<TTypes extends ReducibleTypes>(
  topic: {
    readonly '~types': TTypes
    subscribe(params: never, callbacks: never): SubscriptionHandle<TopicStatus>
  },
  params: TTypes['params'],
  reduce: (state: TTypes['snapshot'], event: TTypes['event']) => TTypes['snapshot'],
  { onState, onStatus, initial, signal }: ReduceOptions<TTypes['snapshot']>,
): ReducedTopic<TTypes['snapshot']> {
  let held: { readonly state: TTypes['snapshot'] } | undefined = initial
  const setState = (state: TTypes['snapshot'], place: Pick<EventPlace, 'position'> | undefined): void => {
    held = { state }
    onState(state, place?.position)
  }
  const callbacks = {
    onSnapshot: setState,
    onEvent: (event: TTypes['event'], place: EventPlace | undefined) => {
      if (held) setState(reduce(held.state, event), place)
    },
    since: initial?.position,
    onStatus,
    signal,
  }
  // What a topic of these types takes: its callbacks are computed of TTypes, which TypeScript cannot follow here.
  const handle = topic.subscribe(params as never, callbacks as never)
  return { ...handle, state: () => held?.state }
}
