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

/** Where an event stands in its topic's history. */
export interface EventPlace {
  readonly offset: number
  /** Pass it as `since` to continue behind this event. */
  readonly position: Position
}

/** What a topic's consumer can be given. */
export interface TopicCallbacks<TEvent, TPlace = EventPlace> {
  readonly onEvent: (event: TEvent, place: TPlace) => void
  /** Events are missing and cannot be had any more; the state that they would have changed must be read again. */
  readonly onGap?: ((gap: Gap) => void) | undefined
  /** `error` says why it is `closed`, where the server refused or ended it. */
  readonly onStatus?: ((status: TopicStatus, error?: TrunklineError) => void) | undefined
  /** Where to begin: `now` (default), `start`, the last n, or behind a position. */
  readonly since?: Since | undefined
  /** Unsubscribes. */
  readonly signal?: AbortSignal | undefined
}
