/**
 * How a subscription that is not live gets there.
 *
 * Not a queue: it reads pages of history and hands over as much as the socket takes. Rule: Invariant L. It reads through
 * the reader only, hands over nothing beyond the flushed position, and turns live in the turn in which its cursor is
 * that position. (Going live at the broker's top and dropping repeated offsets later skips events silently.)
 */
import { type Clock, type Position, TrunklineError } from '@trunkline/core'
import { writeGap, writeLive, writeSubbed } from '@trunkline/core/protocol'
import { Pause, retryDelayMs } from './ask-broker.js'
import type { FanOut } from './fan-out.js'
import type { FramedPage } from './framed-entry.js'
import type { Intake } from './intake.js'
import type { Reader } from './reader.js'
import type { TopicSubscription } from './subscription.js'

/** What catching up needs of its topic. */
export interface CatchUpOptions {
  readonly as: number
  readonly clock: Clock
  readonly reader: Reader
  readonly fanOut: FanOut
  readonly intake: Intake
  readonly highWaterBytes: number
  /** Ends a subscription with an error; its subscriber is told. */
  readonly end: (subscription: TopicSubscription, error: unknown) => void
}

export class CatchUp {
  readonly #options: CatchUpOptions

  constructor(options: CatchUpOptions) {
    this.#options = options
  }

  /** Answers a new subscription (P6.2) and brings it to the flushed position. Never rejects. */
  begin(subscription: TopicSubscription): void {
    const { fanOut, reader, end } = this.#options
    const { since } = subscription.request
    if (fanOut.flushed === undefined) return this.#answer(subscription, undefined)
    const from = since === 'now' ? fanOut.flushed : since
    const page = reader.tail(from)
    if (page !== undefined) return this.#answer(subscription, page)
    reader.read(from).then(
      (read) => this.#answer(subscription, read),
      (error: unknown) => end(subscription, error),
    )
  }

  /** Takes a live subscription of which the socket is full (P6.6). */
  fallBehind(subscription: TopicSubscription, cursor: Position): void {
    const { as, fanOut } = this.#options
    fanOut.remove(subscription)
    subscription.state = 'catching-up'
    subscription.cursor = cursor
    subscription.subscriber.send(writeLive('behind', as))
    this.#continueWhenWritable(subscription)
  }

  #answer(subscription: TopicSubscription, page: FramedPage | undefined): void {
    const { as, fanOut } = this.#options
    const { subscriber, request } = subscription
    if (subscription.state === 'closed') return
    if (page === undefined) {
      subscriber.send(writeSubbed(request.id, as))
      return fanOut.add(subscription)
    }
    if (!this.#isAllowed(subscription)) return
    const { after: position, gap } = page
    if (fanOut.isAt(position)) {
      subscriber.send(writeSubbed(request.id, as, { position, gap }))
      return fanOut.add(subscription)
    }
    const behind = Math.max(0, (fanOut.flushed?.offset ?? 0) - position.offset)
    subscriber.send(writeSubbed(request.id, as, { position, behind, gap }))
    subscription.state = 'catching-up'
    subscription.cursor = position
    this.#handOver(subscription, page)
    void this.#run(subscription)
  }

  /** Ends when the subscription is live or closed, or waits for its socket. Never rejects. */
  async #run(subscription: TopicSubscription): Promise<void> {
    const { as, fanOut, reader, intake, highWaterBytes } = this.#options
    const { subscriber } = subscription
    let attempt = 0
    while (subscription.state === 'catching-up' && subscription.cursor !== undefined) {
      if (fanOut.isAt(subscription.cursor)) {
        subscriber.send(writeLive('live', as))
        return fanOut.add(subscription)
      }
      if (subscriber.bufferedBytes > highWaterBytes) return this.#continueWhenWritable(subscription)
      if (!this.#isAllowed(subscription)) return
      const page = reader.tail(subscription.cursor) ?? (await reader.read(subscription.cursor).catch(() => undefined))
      // Closed while it was read.
      if (subscription.state !== 'catching-up') return
      if (page !== undefined && this.#takePage(subscription, page)) {
        attempt = 0
        continue
      }
      // Nothing to hand over, and yet not at the flushed position: the broker is further, or does not answer.
      if (page !== undefined) await intake.repair()
      if (page === undefined || attempt > 0) await this.#pause(subscription, attempt)
      attempt += 1
    }
  }

  /** Hands over a page. True when the cursor moved. */
  #takePage(subscription: TopicSubscription, page: FramedPage): boolean {
    const cursor = subscription.cursor
    if (page.gap !== undefined) {
      subscription.subscriber.send(writeGap(this.#options.as, page.gap))
      subscription.cursor = page.gap.position
    }
    this.#handOver(subscription, page)
    return subscription.cursor !== cursor
  }

  /** Hands over entries up to the flushed position, as long as the socket takes them. */
  #handOver(subscription: TopicSubscription, page: FramedPage): void {
    const { fanOut, highWaterBytes } = this.#options
    const { subscriber } = subscription
    const { flushed } = fanOut
    const { epoch } = page.after
    if (flushed?.epoch !== epoch) return
    for (const { offset, tag, frame } of page.entries) {
      if (offset > flushed.offset || subscriber.bufferedBytes > highWaterBytes) return
      if (typeof frame === 'string') subscriber.send(frame)
      else subscriber.sendPrepared(frame)
      subscription.cursor = { epoch, offset, tag }
    }
  }

  #continueWhenWritable(subscription: TopicSubscription): void {
    subscription.subscriber.whenWritable(() => void this.#run(subscription))
  }

  #isAllowed(subscription: TopicSubscription): boolean {
    if (subscription.isAllowed) return true
    this.#options.end(subscription, new TrunklineError('FORBIDDEN', 'Not allowed to subscribe any more.'))
    return false
  }

  async #pause(subscription: TopicSubscription, attempt: number): Promise<void> {
    const pause = new Pause()
    subscription.endPause = () => pause.end()
    await pause.wait(this.#options.clock, retryDelayMs(attempt))
    subscription.endPause = undefined
  }
}
