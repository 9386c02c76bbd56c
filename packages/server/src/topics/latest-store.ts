/**
 * The seam between a node and whatever keeps the tables of `latest` topics.
 *
 * Not a log: of each key only the newest value is kept, and a version that was overwritten is gone. It may be another
 * process: a hash with a counter of versions, or a bucket of keys with their revisions.
 * Rule: setting an entry is one atomic step; every change gets a version that is greater than all before it, and names
 * the one before it, so that whoever hears changes notices a hole. A removal is such a change; it is remembered for a
 * while, and which are not any more is told. A table that may have lost changes has a new epoch.
 * @see spec/PROTOCOL.md#6-topic-subscriptions
 */
import type { EncodedPayload } from '@trunkline/core'
import type { Published } from './broker.js'

/** How much one table holds at most; a set that would pass it is refused. */
export interface TableLimit {
  readonly entries: number
  /** UTF-16 units of all keys and payloads, plus bytes of attachments. */
  readonly bytes: number
}

/** The limit of every table (P7.8). */
export const TABLE_LIMIT: TableLimit = { entries: 10_000, bytes: 16_777_216 }

/** A value on its way into a table. */
export interface NewTableEntry {
  /** Two sets with one id are one change for two minutes. */
  readonly id: string
  /** Which entry it replaces; at most 256 characters. */
  readonly key: string
  /** It takes the entry out of the table instead. Its payload is what those who had the entry are told. */
  readonly isRemoved?: boolean | undefined
  /** Owned by the store from here on; nobody writes into its bytes any more. */
  readonly payload: EncodedPayload
}

/** A value as it is kept. */
export interface TableEntry extends NewTableEntry {
  readonly epoch: string
  /** Counts the changes of the whole table, from 1. */
  readonly version: number
  /** The version before it, whichever entry that changed; 0 for the first. */
  readonly previousVersion: number
}

/** A whole table. */
export interface Table {
  readonly epoch: string
  /** The version of its newest change; 0 before the first. */
  readonly version: number
  /** The version of the newest removal that is not among `entries` any more; 0 where all are. */
  readonly forgotten: number
  /** In the order of their versions, with the removals that are remembered: 1,000 at least, where they are small. */
  readonly entries: readonly TableEntry[]
}

/** Keeps the newest values. Changes are heard by the listeners of `Broker.subscribe`. */
export interface LatestStore {
  /**
   * Numbers, keeps and fans out an entry, or its removal, and remembers its id, in one atomic step. Removing what is not
   * there is a change like any other.
   *
   * Rejects when it is not known whether that happened; the same id may then be set again.
   *
   * @returns the version as the offset of a position with an empty tag; `full` when the table would pass `limit`, and
   *   nothing happened. A removal is never `full`.
   */
  set(topic: string, entry: NewTableEntry, limit: TableLimit): Promise<Published | 'full'>
  /** Reads a whole table. An unknown topic is an empty one. */
  read(topic: string): Promise<Table>
}
