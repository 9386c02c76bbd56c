/**
 * The seam between a node and whatever keeps the tables of `latest` topics.
 *
 * Not a log: of each key only the newest value is kept, and a version that was overwritten is gone. It may be another
 * process: a hash with a counter of versions, or a bucket of keys with their revisions.
 * Rule: setting an entry is one atomic step; every change gets a version that is greater than all before it, and names
 * the one before it, so that whoever hears changes notices a hole. A table that may have lost changes has a new epoch.
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
  /** The version of its newest entry; 0 while it is empty. */
  readonly version: number
  /** In the order of their versions. */
  readonly entries: readonly TableEntry[]
}

/** Keeps the newest values. Changes are heard by the listeners of `Broker.subscribe`. */
export interface LatestStore {
  /**
   * Numbers, keeps and fans out an entry and remembers its id, in one atomic step.
   *
   * Rejects when it is not known whether that happened; the same id may then be set again.
   *
   * @returns the version as the offset of a position with an empty tag; `full` when the table would pass `limit`, and
   *   nothing happened.
   */
  set(topic: string, entry: NewTableEntry, limit: TableLimit): Promise<Published | 'full'>
  /** Reads a whole table. An unknown topic is an empty one. */
  read(topic: string): Promise<Table>
}
