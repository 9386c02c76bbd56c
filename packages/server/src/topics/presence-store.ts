/**
 * The seam between a node and whatever keeps who is present on which topic.
 *
 * Not a session store: a node knows its own joins and writes them here, so that all nodes see them. It may be another
 * process: everything is asynchronous and may fail.
 * Rule: a member counts only while the lease of its node lives, and every reader filters by that. Removing what a dead
 * node left behind is garbage collection.
 * @see spec/PROTOCOL.md#6-topic-subscriptions
 */

/** One join, as it is kept. */
export interface PresenceMember {
  /** Unique among all nodes. */
  readonly joinId: string
  /** The node that wrote it and whose lease it lives by. */
  readonly node: string
  /** Who it is: several joins of one identity are one member. */
  readonly identity: string
  /** The encoded state: the members of a payload, each behind a comma (P2.4). */
  readonly payload: string
  /** Orders the joins of one identity: the latest shows. In milliseconds since the Unix epoch, with a fraction. */
  readonly updatedAtMs: number
}

/** Who hears changes of a topic. Calls may be missing, repeated or late: whoever needs the truth reads as well. */
export interface PresenceListener {
  /** A join is new, or its state changed. */
  onPut(member: PresenceMember): void
  onRemove(joinId: string): void
}

/** Keeps who is present. What one node writes takes effect in the order in which it was called. */
export interface PresenceStore {
  /**
   * Lets the members of `node` count for another `leaseMs`.
   *
   * Resolves with whether the lease had lived until now. If not, members of the node may be gone, and it puts them again.
   */
  renewLease(node: string, leaseMs: number): Promise<boolean>
  /** Adds a join or replaces it. Rejects when it is not known whether it did. */
  put(topic: string, member: PresenceMember): Promise<void>
  /** Removes a join; one that is not there is no error. */
  remove(topic: string, joinId: string): Promise<void>
  /** Who is present now, by the leases that live now. */
  read(topic: string): Promise<readonly PresenceMember[]>
  /** Resolves when the listener hears every change from now on; with what ends it. */
  watch(topic: string, listener: PresenceListener): Promise<() => void>
}
