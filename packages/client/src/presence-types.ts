/**
 * What an app sees of presence: lists of members, and the handle of a join.
 *
 * Not how they are kept true (presence.ts).
 */
import type { TrunklineError } from '@trunkline/core'

/** Somebody who is present. */
export interface Member<TState> {
  /** Who it is, as the server's `authenticate` says. Several connections of one identity are one member. */
  readonly identity: string
  /** What it joined with, and its updates; of several connections that of the one updated last. */
  readonly state: TState
}

/** Those who are present on a topic. */
export interface Members<TState> {
  /**
   * Calls back with who is present, at once if that is known, and after each change; changes of one turn are one call.
   * While the connection is away the last list stays.
   *
   * @param callback - gets a new array each time; `count` is more than its length above 200 members.
   * @param onError - the server refused, or the connection was closed for good; nothing follows.
   * @returns what ends it.
   */
  subscribe(
    callback: (members: readonly Member<TState>[], count: number) => void,
    onError?: (error: TrunklineError) => void,
  ): () => void
}

/** Options of a join. */
export interface JoinOptions {
  /**
   * The server refused the join or ended it because the right to it was lost; or it refused an update, which is undone; or
   * the connection was closed for good. Default: what was refused is told by the connection's `listener-failed`.
   */
  readonly onError?: ((error: TrunklineError) => void) | undefined
}

/** Options of an update. */
export interface UpdateOptions {
  /**
   * Milliseconds, from 1 to a day, after which the server puts the old values back, also if this client is gone. Another
   * update of the same members before that starts anew.
   */
  readonly revertAfterMs?: number | undefined
}

/** What `join` gives. */
export interface Joined<TJoin, TState> {
  readonly members: Members<TState>
  /** Changes the state: an object is merged, anything else replaces. After a lost session it is joined with again. */
  update(patch: TJoin extends object ? Partial<TJoin> : TJoin, options?: UpdateOptions): void
  /** Leaves at once. */
  leave(): void
}
