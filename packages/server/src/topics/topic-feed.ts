/**
 * One topic on one node: what it takes from the broker, its tail, and who is live.
 *
 * Not the hub, which finds it by key. Rule: it exists while it has subscriptions and a short while after.
 */
import type { Clock, Gap, Position, TopicDefinition } from '@trunkline/core'
import { writeGap } from '@trunkline/core/protocol'
import type { Broker } from './broker.js'
import { CatchUp } from './catch-up.js'
import { FanOut } from './fan-out.js'
import { Intake } from './intake.js'
import { Reader } from './reader.js'
import type { TopicSubscription } from './subscription.js'
import { TailRing } from './tail-ring.js'

/** What a topic tells its hub. */
export interface FeedOwner {
  /** A subscription ends with an error. */
  end(subscription: TopicSubscription, error: unknown): void
  /** Live subscribers missed events: the broker lost what they had, or retention passed this node. */
  onGap(feed: TopicFeed, gap: Gap): void
  /** A subscriber fell out of live delivery. */
  onSlow(feed: TopicFeed, subscription: TopicSubscription): void
  /** Reading failed, or works again. */
  onProved(feed: TopicFeed, isProved: boolean, error?: unknown): void
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
  readonly owner: FeedOwner
}

/** Where the ring begins before the history is known: it proves nothing. */
const NOWHERE: Position = { epoch: '', offset: 0, tag: '' }

export class TopicFeed {
  readonly key: string
  readonly subscriptions: Set<TopicSubscription> = new Set()
  /** Cancels the disposal of a topic without subscriptions. */
  cancelDisposal: (() => void) | undefined
  readonly #intake: Intake
  readonly #fanOut: FanOut
  readonly #catchUp: CatchUp
  readonly #ring: TailRing
  readonly #keepsHistory: boolean
  #opening: Promise<void> = Promise.resolve()
  #isOpen = false

  constructor(options: FeedOptions) {
    const { key, as, definition, broker, clock, endOfTurn, highWaterBytes, owner } = options
    const ring = new TailRing(NOWHERE)
    const reader = new Reader(broker, clock, key, as, ring)
    const fanOut = new FanOut({
      ring,
      endOfTurn,
      highWaterBytes,
      onSlow: (subscription, cursor) => {
        this.#catchUp.fallBehind(subscription, cursor)
        owner.onSlow(this, subscription)
      },
    })
    const intake = new Intake({
      broker,
      clock,
      key,
      as,
      reader,
      sink: {
        onEntry: (entry) => fanOut.push(entry),
        onEphemeral: (frame) => fanOut.push({ offset: 0, tag: '', frame }),
        onGap: (gap) => {
          fanOut.push({ offset: 0, tag: '', frame: writeGap(as, gap), gap })
          owner.onGap(this, gap)
        },
        tagAt: (offset) => fanOut.tagAt(offset),
        whenFlushed: () => fanOut.whenFlushed(),
        onProved: (isProved, error) => owner.onProved(this, isProved, error),
      },
    })
    this.key = key
    this.#keepsHistory = definition.delivery === 'log'
    this.#fanOut = fanOut
    this.#intake = intake
    const end = owner.end.bind(owner)
    this.#catchUp = new CatchUp({ as, clock, reader, fanOut, intake, highWaterBytes, end })
    this.#ring = ring
  }

  /** @throws TrunklineError `BROKER_UNAVAILABLE`. */
  open(): Promise<void> {
    this.#opening = this.#open()
    return this.#opening
  }

  async #open(): Promise<void> {
    const position = await this.#intake.open(this.#keepsHistory)
    if (position !== undefined) {
      this.#ring.reset(position)
      this.#fanOut.flushed = position
    }
    this.#isOpen = true
    for (const subscription of this.subscriptions) this.#catchUp.begin(subscription)
    this.#intake.start()
  }

  add(subscription: TopicSubscription): void {
    this.subscriptions.add(subscription)
    if (this.#isOpen) this.#catchUp.begin(subscription)
  }

  /** Takes a subscription out; nothing is sent to its subscriber any more. */
  remove(subscription: TopicSubscription): void {
    subscription.state = 'closed'
    subscription.endPause?.()
    this.subscriptions.delete(subscription)
    this.#fanOut.remove(subscription)
  }

  /** Reads what may have been missed. Never rejects; resolves when it was handed out or the topic is closed. */
  async repair(): Promise<void> {
    // What it read while it opened may be older than the reason to repair.
    await this.#opening.catch(() => {})
    if (this.#isOpen && this.#keepsHistory) await this.#intake.repair()
  }

  close(): void {
    this.cancelDisposal?.()
    this.#intake.close()
  }
}
