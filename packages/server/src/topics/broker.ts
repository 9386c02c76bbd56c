/**
 * The seam between a node and whatever keeps the histories of topics.
 *
 * Not a message queue: a broker numbers, chains, keeps and fans out, and answers reads with a proof. It knows no
 * connections, params or schemas; a topic is a key (P7.2), a payload is encoded. It may be another process: everything
 * is asynchronous, may fail, and may come back with less than it had.
 * Rule: publishing is one atomic step (P7.6), and what a broker cannot prove it says (P7.4, P7.5).
 * @see spec/PROTOCOL.md#7-topics
 */
import type { EncodedPayload, Gap, Position } from '@trunkline/core'
import type { LatestStore, TableEntry } from './latest-store.js'
import type { PresenceStore } from './presence-store.js'

/** What a broker can promise. */
export interface BrokerCapabilities {
  /** Whether it keeps histories; topics with delivery `log` are refused on one that does not. */
  readonly log: boolean
}

/** How much of a history is kept at least; whatever is passed first trims. */
export interface Retention {
  readonly events: number
  readonly bytes: number
  readonly ageMs: number
}

/** An event on its way to a broker. */
export interface NewEntry {
  /** Two publishes with one id are one event for two minutes. Without an id an ephemeral event is never a repeat. */
  readonly id: string | undefined
  /** Owned by the broker from here on; nobody writes into its bytes any more. */
  readonly payload: EncodedPayload
}

/** What became of a publish. */
export interface Published {
  /** Where the event stands; `undefined` for an ephemeral one. */
  readonly position: Position | undefined
  /** Whether the id was known: `position` is the first one's and nothing was sent again. */
  readonly duplicate: boolean
}

/** An event as it is kept. */
export interface LogEntry {
  readonly epoch: string
  readonly offset: number
  readonly tag: string
  /** Tag of the entry before it; `''` before the first. */
  readonly previousTag: string
  readonly id: string
  readonly payload: EncodedPayload
  /** When it was accepted, in milliseconds since the Unix epoch. */
  readonly atMs: number
}

/** Where a read begins: after a position, at the oldest entry, or so many entries before the top. */
export type ReadFrom = Position | 'start' | { readonly last: number }

/** How much one page holds at most; one entry is always allowed. */
export interface PageLimit {
  readonly events: number
  readonly bytes: number
}

/** A piece of history with its proof. */
export interface Page {
  /**
   * The entries follow this position without a hole. Where a position was asked for it is that one, or after a gap the
   * gap's: a page that begins elsewhere is not used.
   */
  readonly after: Position
  readonly entries: readonly LogEntry[]
  /** Set when the position that was asked for cannot be proved, or retention let the events after it go. */
  readonly gap: Gap | undefined
  /** The newest position when the page was read. */
  readonly top: Position
  /** Offset of the oldest entry that is kept; one past the top's when none is. */
  readonly oldest: number
}

/** Who hears what is published. Calls may be missing, repeated or late: whoever needs all of them reads as well. */
export interface BrokerListener {
  onEntry(entry: LogEntry): void
  onEphemeral(payload: EncodedPayload): void
  /** An entry of a topic's table was set; only who listens to a `latest` topic has it. */
  onSet?(entry: TableEntry): void
}

/**
 * - `proved`: what is published reaches the listeners.
 * - `stale`: it cannot be known whether it does: the link is down, or up and deaf.
 */
export type BrokerState = 'proved' | 'stale'

/** Keeps and distributes what is published. */
export interface Broker {
  readonly name: string
  readonly capabilities: BrokerCapabilities
  readonly state: BrokerState
  /** Keeps who is present for all nodes. Default: each node knows only its own. */
  readonly presence?: PresenceStore | undefined
  /** Keeps the tables of topics with delivery `latest`. Without it those are refused. */
  readonly latest?: LatestStore | undefined

  /**
   * Numbers, chains, keeps and fans out an entry and remembers its id, in one atomic step.
   *
   * Rejects when it is not known whether that happened; the same id may then be published again. With a TrunklineError
   * `LIMIT_EXCEEDED` it says that it has no room, and that nothing happened.
   *
   * @param retention - how much is kept, or `undefined` for an ephemeral event: neither numbered nor kept.
   */
  publish(topic: string, entry: NewEntry, retention: Retention | undefined): Promise<Published>
  /** Reads entries with proof. An unknown topic is an empty history. */
  read(topic: string, from: ReadFrom, limit: PageLimit): Promise<Page>
  /** Resolves when the listener hears everything that is accepted from now on; with what ends it. */
  subscribe(topic: string, listener: BrokerListener): Promise<() => void>
  /** Calls `listener` when `state` changed. Returns what ends it. */
  onState(listener: (state: BrokerState) => void): () => void
  /** Lets go of every resource; nothing works after it. */
  close(): Promise<void>
}
