/**
 * One topic on one node: what it takes from the broker, who is subscribed, and who of them is live.
 *
 * Not the hub, which finds it by key. Rule: what is taken goes through one fan-out, whatever it is taken from: a history
 * (topic-feed.ts) or a table (table-feed.ts). It exists while it has subscriptions and a short while after.
 */
import type { Clock, Gap, TopicDefinition } from '@trunkline/core'
import { writeGap } from '@trunkline/core/protocol'
import type { Broker } from './broker.js'
import { CatchUp } from './catch-up.js'
import { FanOut, type Outgoing } from './fan-out.js'
import type { PageReader, Tail } from './framed-entry.js'
import type { PageTurns } from './page-turns.js'
import type { TopicSubscriber, TopicSubscription } from './subscription.js'
import { Throttle } from './throttle.js'

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

/** Where a source hands what it took. */
export interface FeedOutlet {
  readonly fanOut: FanOut
  /** Hands a frame to the fan-out, throttled where the topic is. */
  out(outgoing: Outgoing): void
  onEphemeral(frame: string | Uint8Array): void
  onGap(gap: Gap): void
  whenFlushed(): Promise<void>
  onProved(isProved: boolean, error?: unknown): void
}

/** What a feed takes from: a history or a table. */
export interface FeedSource {
  readonly reader: PageReader
  /** Subscribers begin before its first entry (P6.11). */
  readonly isTable: boolean
  /** Opens the intake, and sets where the fan-out stands. Rejects with `BROKER_UNAVAILABLE`. */
  open(): Promise<void>
  /** Takes what was heard while it opened. */
  start(): void
  /** Reads what may have been missed. Never rejects. */
  repair(): Promise<void>
  close(): void
}

export class Feed {
  readonly key: string
  /** By subscriber: a connection is subscribed to a topic once. */
  readonly subscriptions: Map<TopicSubscriber, TopicSubscription> = new Map()
  readonly #source: FeedSource
  readonly #fanOut: FanOut
  readonly #catchUp: CatchUp
  readonly #throttle: Throttle<Outgoing> | undefined
  #opening: Promise<void> = Promise.resolve()
  #isOpen = false

  /** @param ring - where the fan-out leaves what it handed out, and the source's reader finds it. */
  constructor(options: FeedOptions, ring: Tail, createSource: (outlet: FeedOutlet) => FeedSource) {
    const { key, as, definition, clock, endOfTurn, highWaterBytes, turns, owner } = options
    const fanOut = new FanOut({
      ring,
      endOfTurn,
      highWaterBytes,
      onSlow: (subscription, cursor) => {
        this.#catchUp.fallBehind(subscription, cursor)
        owner.onSlow(this, subscription)
      },
      onLost: definition.snapshot && ((subscription, cursor) => this.#catchUp.fallBehind(subscription, cursor)),
    })
    const throttle =
      definition.throttle &&
      new Throttle<Outgoing>({
        perSecond: definition.throttle.perSecond,
        clock,
        endOfTurn,
        onRelease: (held) => {
          for (const outgoing of held) fanOut.push(outgoing)
          fanOut.flush()
        },
      })
    const out = throttle
      ? (outgoing: Outgoing): void => throttle.push(outgoing.key, outgoing)
      : (outgoing: Outgoing): void => fanOut.push(outgoing)
    const source = createSource({
      fanOut,
      out,
      onEphemeral: (frame) => out({ offset: 0, tag: '', frame }),
      onGap: (gap) => {
        throttle?.clear()
        fanOut.push({ offset: 0, tag: '', frame: writeGap(as, gap), gap })
        owner.onGap(this, gap)
      },
      whenFlushed: () => fanOut.whenFlushed(),
      onProved: (isProved, error) => owner.onProved(this, isProved, error),
    })
    this.key = key
    this.#fanOut = fanOut
    this.#throttle = throttle
    this.#source = source
    const { reader, isTable } = source
    const end = owner.end.bind(owner)
    this.#catchUp = new CatchUp({ as, clock, reader, fanOut, intake: source, highWaterBytes, turns, end, isTable })
  }

  /** Rejects with `BROKER_UNAVAILABLE`. */
  open(): Promise<void> {
    this.#opening = this.#open()
    return this.#opening
  }

  async #open(): Promise<void> {
    await this.#source.open()
    this.#isOpen = true
    for (const subscription of this.subscriptions.values()) this.#catchUp.begin(subscription)
    this.#source.start()
  }

  add(subscription: TopicSubscription): void {
    this.subscriptions.set(subscription.subscriber, subscription)
    if (this.#isOpen) this.#catchUp.begin(subscription)
  }

  /** Takes a subscription out; nothing is sent to its subscriber any more. */
  remove(subscription: TopicSubscription): void {
    this.subscriptions.delete(subscription.subscriber)
    this.#fanOut.remove(subscription)
    subscription.close()
  }

  /** Reads what may have been missed. Never rejects; resolves when it was handed out or the topic is closed. */
  async repair(): Promise<void> {
    // What it read while it opened may be older than the reason to repair.
    await this.#opening.catch(() => {})
    if (this.#isOpen) await this.#source.repair()
  }

  close(): void {
    this.#throttle?.close()
    this.#source.close()
  }
}
