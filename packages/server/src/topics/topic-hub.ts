/**
 * All topics of one node: who is subscribed to what.
 *
 * Not a judge: params were checked and `authorize` was asked before (topic-access.ts). Rule: everything that a peer names
 * is a Map key; a subscription leaves this hub in one place.
 * @see spec/PROTOCOL.md#6-topic-subscriptions
 */
import { type Clock, type Codec, type Gap, type Position, type TopicDefinition, TrunklineError } from '@trunkline/core'
import { writeClosed } from '@trunkline/core/protocol'
import { brokerError } from './ask-broker.js'
import type { Broker } from './broker.js'
import { lackOf } from './broker-lack.js'
import type { Feed, FeedOptions, FeedOwner } from './feed.js'
import { PageTurns } from './page-turns.js'
import { type PublishRequest, TopicPublisher } from './publisher.js'
import { StaleWatch } from './stale-watch.js'
import { type SubscribeRequest, type TopicSubscriber, TopicSubscription } from './subscription.js'
import { createTableFeed } from './table-feed.js'
import { createTopicFeed } from './topic-feed.js'

/** How long a topic without subscriptions is kept, so that a reload finds it warm, in milliseconds. */
const LINGER_MS = 5_000
/** … and how many of them: past it those without subscriptions longest go at once. */
const MAX_LINGERING = 1_000

/** What a hub tells; each is optional. */
export interface HubEvents {
  /** The live subscribers of a topic on this node missed events. */
  readonly onGap?: ((key: string, gap: Gap) => void) | undefined
  /** A subscriber fell out of live delivery because its socket is full. */
  readonly onSlow?: ((key: string, subscriber: TopicSubscriber) => void) | undefined
  /** Reading from the broker failed; it is tried again. */
  readonly onBrokerFailed?: ((key: string, error: unknown) => void) | undefined
  /** Whether this node's topics can be proved current changed; every connection is told (P6.9). */
  readonly onStale?: ((isStale: boolean) => void) | undefined
}

/** What a hub needs. */
export interface TopicHubOptions extends HubEvents {
  /** Not closed by the hub: it may be shared. */
  readonly broker: Broker
  readonly codec: Codec
  readonly clock: Clock
  /** Runs a callback once when this turn's input was handled and connections have flushed their own frames (P6.10). */
  readonly endOfTurn: (callback: () => void) => void
  /** Bytes that may wait in a socket before its subscriptions fall behind. */
  readonly highWaterBytes: number
  /** Most units of an encoded event. Default 262_144. */
  readonly maxPayloadBytes?: number | undefined
}

/** A topic that a connection was found to mean. */
export interface FoundTopic {
  /** The canonical key (P7.2). */
  readonly key: string
  readonly definition: TopicDefinition
}

/** Those of one subscriber are a chain, the newest first: most have a few, and a Map for each of them would be 0.2 kB. */
interface Subscribed {
  readonly feed: Feed
  readonly subscription: TopicSubscription
  next: Subscribed | undefined
}

export class TopicHub implements FeedOwner {
  readonly #options: TopicHubOptions
  readonly #publisher: TopicPublisher
  readonly #stale: StaleWatch
  readonly #turns: PageTurns
  readonly #feeds = new Map<string, Feed>()
  readonly #subscribers = new Map<TopicSubscriber, Subscribed>()
  /** Without subscriptions, those without longest first; each with what cancels its disposal. */
  readonly #lingering = new Map<Feed, () => void>()
  #nextNumber = 1
  #closed = false

  constructor(options: TopicHubOptions) {
    this.#options = options
    this.#publisher = new TopicPublisher(options)
    this.#turns = new PageTurns(options.clock, options.highWaterBytes, options.endOfTurn)
    this.#stale = new StaleWatch(options.broker, this.#feeds, (isStale) => options.onStale?.(isStale))
  }

  /** Whether it is unproved that this node's topics are current; a new connection is told when it is so (P6.9). */
  get isStale(): boolean {
    return this.#stale.isStale
  }

  /** Validates, encodes and publishes an event; see `TopicPublisher.publish`. */
  publish(request: PublishRequest): Promise<Position | undefined> {
    return this.#publisher.publish(request)
  }

  /**
   * Subscribes a connection; answered with `subbed` or `closed`, now or later. Never throws.
   *
   * @param request - its id must be free: whoever calls has a place for each.
   */
  subscribe(subscriber: TopicSubscriber, topic: FoundTopic, request: SubscribeRequest): void {
    const subscription = new TopicSubscription(subscriber, request)
    const refusal = this.#refuse(subscription, topic)
    if (refusal !== undefined) {
      subscriber.send(writeClosed(request.id, refusal))
      request.onClosed?.(refusal)
      return
    }
    const feed = this.#feed(topic)
    this.#subscribers.set(subscriber, { feed, subscription, next: this.#subscribers.get(subscriber) })
    this.#keep(feed)
    feed.add(subscription)
  }

  /** Ends one subscription; nothing is answered (P6.8). */
  unsubscribe(subscriber: TopicSubscriber, id: number): void {
    let before: Subscribed | undefined
    let subscribed = this.#subscribers.get(subscriber)
    while (subscribed !== undefined && subscribed.subscription.request.id !== id) {
      before = subscribed
      subscribed = subscribed.next
    }
    if (subscribed === undefined) return
    if (before !== undefined) before.next = subscribed.next
    else if (subscribed.next !== undefined) this.#subscribers.set(subscriber, subscribed.next)
    else this.#subscribers.delete(subscriber)
    this.#leave(subscribed)
  }

  /** Ends all subscriptions of a connection that is gone. */
  drop(subscriber: TopicSubscriber): void {
    // Also where it has left every topic: its turn may still wait for a socket that is never empty again.
    this.#turns.drop(subscriber)
    const own = this.#of(subscriber)
    this.#subscribers.delete(subscriber)
    for (const subscribed of own) this.#leave(subscribed)
  }

  /**
   * Asks again for the rights to what a connection is subscribed to, where they may have changed; what is refused ends.
   * Resolves when all was asked; never rejects.
   */
  async recheck(subscriber: TopicSubscriber): Promise<void> {
    await Promise.all(
      this.#of(subscriber).map(async ({ subscription }) => {
        await subscription.request.recheck?.()?.catch((error: unknown) => this.end(subscription, error))
      }),
    )
  }

  async close(): Promise<void> {
    this.#closed = true
    this.#stale.close()
    for (const subscriber of [...this.#subscribers.keys()]) this.drop(subscriber)
    for (const feed of this.#feeds.values()) {
      this.#keep(feed)
      feed.close()
    }
    this.#feeds.clear()
  }

  end(subscription: TopicSubscription, error: unknown): void {
    if (subscription.state === 'closed') return
    const { subscriber, request } = subscription
    this.unsubscribe(subscriber, request.id)
    const told = brokerError(error)
    subscriber.send(writeClosed(request.id, told))
    request.onClosed?.(told)
  }

  onGap(feed: Feed, gap: Gap): void {
    this.#options.onGap?.(feed.key, gap)
  }

  onSlow(feed: Feed, subscription: TopicSubscription): void {
    this.#options.onSlow?.(feed.key, subscription.subscriber)
  }

  onProved(feed: Feed, isProved: boolean, error?: unknown): void {
    this.#stale.setProved(feed, isProved)
    if (error !== undefined) this.#options.onBrokerFailed?.(feed.key, error)
  }

  /** What a subscriber has, the oldest first. */
  #of(subscriber: TopicSubscriber): Subscribed[] {
    const own: Subscribed[] = []
    for (let each = this.#subscribers.get(subscriber); each !== undefined; each = each.next) own.push(each)
    return own.reverse()
  }

  #refuse({ subscriber }: TopicSubscription, { key, definition }: FoundTopic): TrunklineError | undefined {
    if (this.#closed) return new TrunklineError('BROKER_UNAVAILABLE', 'This server is closing.')
    const lack = lackOf(this.#options.broker, definition.delivery)
    if (lack !== undefined) return new TrunklineError('UNSUPPORTED', lack)
    return this.#feeds.get(key)?.subscriptions.has(subscriber)
      ? new TrunklineError('BAD_FRAME', 'This connection is subscribed to this topic already.')
      : undefined
  }

  #feed({ key, definition }: FoundTopic): Feed {
    const known = this.#feeds.get(key)
    if (known !== undefined) return known
    const { broker, clock, endOfTurn, highWaterBytes } = this.#options
    // A number is never used again: what is on its way under it cannot be taken for another topic's.
    const as = this.#nextNumber++
    const turns = this.#turns
    const options: FeedOptions = { key, as, definition, broker, clock, endOfTurn, highWaterBytes, turns, owner: this }
    const { latest } = broker
    const feed =
      definition.delivery === 'latest' && latest ? createTableFeed(options, latest) : createTopicFeed(options)
    this.#feeds.set(key, feed)
    feed.open().catch((error: unknown) => {
      // The next subscription tries again with a new one.
      this.#dispose(feed)
      for (const subscription of [...feed.subscriptions.values()]) this.end(subscription, error)
      this.#options.onBrokerFailed?.(key, error)
    })
    return feed
  }

  #leave({ feed, subscription }: Subscribed): void {
    feed.remove(subscription)
    if (feed.subscriptions.size > 0 || this.#lingering.has(feed) || this.#feeds.get(feed.key) !== feed) return
    this.#lingering.set(
      feed,
      this.#options.clock.schedule(() => this.#dispose(feed), LINGER_MS),
    )
    for (const oldest of this.#lingering.keys()) {
      if (this.#lingering.size > MAX_LINGERING) this.#dispose(oldest)
      else break
    }
  }

  #keep(feed: Feed): void {
    this.#lingering.get(feed)?.()
    this.#lingering.delete(feed)
  }

  #dispose(feed: Feed): void {
    if (this.#feeds.get(feed.key) === feed) this.#feeds.delete(feed.key)
    this.#keep(feed)
    this.#stale.setProved(feed, true)
    feed.close()
  }
}
