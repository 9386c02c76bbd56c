import type { Gap, Position, Since } from '@trunkline/core'

/**
 * One thing that a subscriber was told, or did.
 *
 * - `started`: it subscribed, or subscribed anew as after a page reload; `top` is where the history ended then, where the
 *   test knows it.
 * - `event`: an event came. `id` is what the test put into the event to tell it from all others.
 * - `gap`: it was told that events are missing.
 * - `live`: it was told that it is live; `top` is where the history ended at that moment, where the test knows it. What
 *   is accepted after that is due even to a subscriber that has seen no event yet.
 * - `ended`: it unsubscribed or was closed.
 */
export type Sighting =
  | { readonly kind: 'started'; readonly since: Since; readonly top?: Position | undefined }
  | { readonly kind: 'event'; readonly id: string; readonly position: Position }
  | { readonly kind: 'gap'; readonly gap: Gap }
  | { readonly kind: 'live'; readonly top?: Position | undefined }
  | { readonly kind: 'ended' }

/** Everything that one subscriber of one topic was told, in order. */
export interface SubscriberRecord {
  readonly subscriber: string
  readonly sightings: readonly Sighting[]
}
