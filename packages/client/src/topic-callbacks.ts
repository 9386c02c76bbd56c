/**
 * What a consumer of a topic is told. Types only; topic.ts tells it.
 */
import type { Gap, Position, Since, TrunklineError } from '@trunkline/core'

/**
 * - `connecting`: not answered yet.
 * - `live`: every event that is accepted arrives at once.
 * - `catching-up`: events of the past arrive, in order, up to now.
 * - `stale`: nothing proves that the last event seen is the newest: the connection is lost, or the server's own is.
 * - `gap`: while `onGap` is called.
 * - `closed`: refused, ended or given up.
 */
export type TopicStatus = 'connecting' | 'live' | 'stale' | 'catching-up' | 'gap' | 'closed'

/** Where an event stands in its topic's history; of one that is not kept: the last event before it that is. */
export interface EventPlace {
  readonly offset: number
  /** Pass it as `since` to continue behind this event. */
  readonly position: Position
}

/** Where an entry stands in the table of a `latest` topic. */
export interface EntryPlace {
  /** Which entry has this value now; `''` where the topic declares no key. */
  readonly key: string
  /** Increases with every change of the table. */
  readonly version: number
  /** The event takes the entry out of the table (`removes` of the topic). */
  readonly removed?: true | undefined
}

/** What every consumer of a topic can be given. */
export interface EventCallbacks<TEvent, TPlace> {
  readonly onEvent: (event: TEvent, place: TPlace) => void
  /** `error` says why it is `closed`, where the server refused or ended it. */
  readonly onStatus?: ((status: TopicStatus, error?: TrunklineError) => void) | undefined
  /** Unsubscribes. */
  readonly signal?: AbortSignal | undefined
}

/** What the consumer of a `latest` topic can be given. */
export interface TableCallbacks<TEvent> extends EventCallbacks<TEvent, EntryPlace | undefined> {
  /** The table started anew, or cannot be continued: drop every value that you have. All of its entries follow. */
  readonly onGap?: ((gap: Gap) => void) | undefined
}

/** What the consumer of a topic that keeps its events can be given. */
export interface TopicCallbacks<TEvent, TPlace = EventPlace> extends EventCallbacks<TEvent, TPlace> {
  /** Events are missing and cannot be had any more; the state that they would have changed must be read again. */
  readonly onGap?: ((gap: Gap) => void) | undefined
  /** Where to begin: `now` (default), `start`, the last n, or behind a position. */
  readonly since?: Since | undefined
}

/** What the consumer of a topic with a snapshot is given. */
export interface SnapshotCallbacks<TEvent, TState> extends EventCallbacks<TEvent, EventPlace> {
  /**
   * The state that the next events change; comes first, and again where events were missed. It takes the place of all that
   * was there before.
   */
  readonly onSnapshot: (state: TState, place: { readonly position: Position }) => void
  /** Continues behind a position, if it can be proved: then no snapshot comes. */
  readonly since?: Position | undefined
}
