import type { Gap, Position, Since } from '@trunkline/core'

/**
 * One thing that a subscriber was told, or did.
 *
 * - `started`: it subscribed, or subscribed anew as after a page reload; `top` is where the history ended then, where the
 *   test knows it.
 * - `placed`: it was told where events begin; only who reads frames is.
 * - `event`: an event came. `id` is what the test put into the event to tell it from all others.
 * - `ephemeral`: an event that is not kept came.
 * - `entry`: the entry `key` of a table has the value `id` since `version`.
 * - `snapshot`: the state at a position; `state` is the id of the event that each of its parts was set by.
 * - `gap`: it was told that events are missing.
 * - `live`: it was told that it is live; `top` is where the history ended at that moment, where the test knows it. What
 *   is accepted after that is due even to a subscriber that has seen no event yet.
 * - `ended`: it unsubscribed or was closed.
 */
export type Sighting =
  | { readonly kind: 'started'; readonly since: Since; readonly top?: Position | undefined }
  | { readonly kind: 'placed'; readonly position: Position }
  | { readonly kind: 'event'; readonly id: string; readonly position: Position }
  | { readonly kind: 'ephemeral'; readonly id: string }
  | { readonly kind: 'entry'; readonly key: string; readonly id: string; readonly version: number }
  | {
      readonly kind: 'snapshot'
      readonly position: Position
      readonly state?: ReadonlyMap<string, string> | undefined
    }
  | { readonly kind: 'gap'; readonly gap: Gap }
  | { readonly kind: 'live'; readonly top?: Position | undefined }
  | { readonly kind: 'ended' }

/** Everything that one subscriber of one topic was told, in order. */
export interface SubscriberRecord {
  readonly subscriber: string
  readonly sightings: Iterable<Sighting>
}
