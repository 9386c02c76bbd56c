/**
 * One topic on one node, as the hub sees it: a history (topic-feed.ts) or a table (table-feed.ts).
 */
import type { Clock, Gap, TopicDefinition } from '@trunkline/core'
import type { Broker } from './broker.js'
import type { PageTurns } from './page-turns.js'
import type { TopicSubscription } from './subscription.js'

/** A topic that a node takes from the broker and hands to its subscribers. */
export interface Feed {
  readonly key: string
  readonly subscriptions: ReadonlySet<TopicSubscription>
  /** Cancels the disposal of a topic without subscriptions; the hub's to write. */
  cancelDisposal: (() => void) | undefined
  /** @throws TrunklineError `BROKER_UNAVAILABLE`. */
  open(): Promise<void>
  add(subscription: TopicSubscription): void
  /** Takes a subscription out; nothing is sent to its subscriber any more. */
  remove(subscription: TopicSubscription): void
  /** Reads what may have been missed. Never rejects; resolves when it was handed out or the topic is closed. */
  repair(): Promise<void>
  close(): void
}

/** What a topic tells its hub. */
export interface FeedOwner {
  /** A subscription ends with an error. */
  end(subscription: TopicSubscription, error: unknown): void
  /** Live subscribers missed events: the broker lost what they had, or retention passed this node. */
  onGap(feed: Feed, gap: Gap): void
  /** A subscriber fell out of live delivery. */
  onSlow(feed: Feed, subscription: TopicSubscription): void
  /** Reading failed, takes long (then there is no `error`), or works again. */
  onProved(feed: Feed, isProved: boolean, error?: unknown): void
}

/** What a topic on a node needs. */
export interface FeedOptions {
  readonly key: string
  /** The number under which this node sends the topic's events. */
  readonly as: number
  readonly definition: TopicDefinition
  readonly broker: Broker
  readonly clock: Clock
  readonly endOfTurn: (callback: () => void) => void
  readonly highWaterBytes: number
  readonly turns: PageTurns
  readonly owner: FeedOwner
}
