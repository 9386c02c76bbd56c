/**
 * One topic on one node: what it takes from the broker, its tail, and who is live.
 *
 * Not the hub, which finds it by key, and not a `latest` topic (table-feed.ts). Rule: it exists while it has subscriptions and a short while after.
 */
import type { Position } from '@trunkline/core'
import { writeGap } from '@trunkline/core/protocol'
import { CatchUp } from './catch-up.js'
import { FanOut, type Outgoing } from './fan-out.js'
import type { Feed, FeedOptions } from './feed.js'
import { Intake } from './intake.js'
import { Reader } from './reader.js'
import type { TopicSubscription } from './subscription.js'
import { TailRing } from './tail-ring.js'
import { Throttle } from './throttle.js'

/** Where the ring begins before the history is known: it proves nothing. */
const NOWHERE: Position = { epoch: '', offset: 0, tag: '' }

export class TopicFeed implements Feed {
  readonly key: string
  readonly subscriptions: Set<TopicSubscription> = new Set()
  cancelDisposal: (() => void) | undefined
  readonly #intake: Intake
  readonly #fanOut: FanOut
  readonly #catchUp: CatchUp
  readonly #ring: TailRing
  readonly #keepsHistory: boolean
  readonly #throttle: Throttle<Outgoing> | undefined
  #opening: Promise<void> = Promise.resolve()
  #isOpen = false

  constructor(options: FeedOptions) {
    const { key, as, definition, broker, clock, endOfTurn, highWaterBytes, turns, owner } = options
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
    const intake = new Intake({
      broker,
      clock,
      key,
      as,
      reader,
      sink: {
        onEntry: (entry) => fanOut.push(entry),
        onEphemeral: (frame) => {
          const outgoing = { offset: 0, tag: '', frame }
          if (throttle === undefined) fanOut.push(outgoing)
          else throttle.push(undefined, outgoing)
        },
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
    this.#throttle = throttle
    this.#intake = intake
    const end = owner.end.bind(owner)
    this.#catchUp = new CatchUp({ as, clock, reader, fanOut, intake, highWaterBytes, turns, end, isTable: false })
    this.#ring = ring
  }

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

  remove(subscription: TopicSubscription): void {
    this.subscriptions.delete(subscription)
    this.#fanOut.remove(subscription)
    subscription.close()
  }

  async repair(): Promise<void> {
    // What it read while it opened may be older than the reason to repair.
    await this.#opening.catch(() => {})
    if (this.#isOpen && this.#keepsHistory) await this.#intake.repair()
  }

  close(): void {
    this.cancelDisposal?.()
    this.#throttle?.close()
    this.#intake.close()
  }
}
