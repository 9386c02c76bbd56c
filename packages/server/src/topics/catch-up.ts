/**
 * How a subscription that is not live gets there.
 *
 * Not a queue: it reads pages of history and hands over as much as the socket takes. Rule: Invariant L. It reads through
 * the reader only, hands over nothing beyond the flushed position, and turns live in the turn in which its cursor is
 * that position. (Going live at the broker's top and dropping repeated offsets later skips events silently.)
 */
import { type Clock, type EncodedPayload, type Position, type Since, TrunklineError } from '@trunkline/core'
import { writeGap, writeLive, writeSnapshot, writeSubbed } from '@trunkline/core/protocol'
import { writePayload } from '../payload.js'
import { Pause, retryDelayMs } from './ask-broker.js'
import type { ReadFrom } from './broker.js'
import type { FanOut } from './fan-out.js'
import type { FramedPage, PageReader } from './framed-entry.js'
import { SnapshotTaker, type TakenSnapshot } from './snapshot-taker.js'
import type { TopicSubscription } from './subscription.js'

/** What catching up needs of its topic. */
export interface CatchUpOptions {
  readonly as: number
  readonly clock: Clock
  readonly reader: PageReader
  readonly fanOut: FanOut
  readonly intake: { repair(): Promise<void> }
  readonly highWaterBytes: number
  /** A table's subscribers begin before its first entry, and are not told how many follow (P6.11). */
  readonly isTable: boolean
  /** Ends a subscription with an error; its subscriber is told. */
  readonly end: (subscription: TopicSubscription, error: unknown) => void
}

/** Read only where a topic keeps nothing: there no snapshot is taken. */
const NOWHERE: Position = { epoch: '', offset: 0, tag: '' }

export class CatchUp {
  readonly #options: CatchUpOptions
  readonly #snapshots: SnapshotTaker

  constructor(options: CatchUpOptions) {
    const { clock, reader, fanOut } = options
    this.#options = options
    this.#snapshots = new SnapshotTaker({ clock, reader, position: () => fanOut.flushed ?? NOWHERE })
  }

  /** Answers a new subscription (P6.2) and brings it to the flushed position. Never rejects. */
  begin(subscription: TopicSubscription): void {
    const { fanOut, reader, end } = this.#options
    const { since, takeSnapshot } = subscription.request
    const { flushed } = fanOut
    if (flushed === undefined) return this.#answer(subscription, undefined)
    if (takeSnapshot !== undefined && !isPosition(since)) return void this.#takeSnapshot(subscription)
    const from = this.#start(since, flushed)
    const page = reader.tail(from)
    if (page !== undefined) return this.#answer(subscription, page)
    reader.read(from).then(
      (read) => this.#answer(subscription, read),
      (error: unknown) => end(subscription, error),
    )
  }

  #start(since: Since, flushed: Position): ReadFrom {
    if (this.#options.isTable) return isPosition(since) ? since : 'start'
    return since === 'now' ? flushed : since
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

  /** Takes a live subscription that lost the events after `cursor`: reading finds what is left, or a snapshot. */
  recover(subscription: TopicSubscription, cursor: Position): void {
    const { as, fanOut } = this.#options
    fanOut.remove(subscription)
    subscription.state = 'catching-up'
    subscription.cursor = cursor
    subscription.subscriber.send(writeLive('behind', as))
    void this.#run(subscription)
  }

  #answer(subscription: TopicSubscription, page: FramedPage | undefined, snapshot?: TakenSnapshot): void {
    const { as, fanOut, isTable } = this.#options
    const { subscriber, request } = subscription
    if (subscription.isClosed) return
    if (page === undefined) {
      subscriber.send(writeSubbed(request.id, as))
      return fanOut.add(subscription)
    }
    if (!this.#isAllowed(subscription)) return
    const { after: position, gap } = page
    if (gap !== undefined && request.takeSnapshot !== undefined) return void this.#takeSnapshot(subscription)
    if (fanOut.isAt(position) && snapshot === undefined) {
      subscriber.send(writeSubbed(request.id, as, { position, gap }))
      return fanOut.add(subscription)
    }
    const behind = isTable ? 0 : Math.max(0, (fanOut.flushed?.offset ?? 0) - position.offset)
    subscriber.send(writeSubbed(request.id, as, { position, behind, gap }))
    this.#continueAfter(subscription, page, snapshot)
  }

  #continueAfter(subscription: TopicSubscription, page: FramedPage, snapshot: TakenSnapshot | undefined): void {
    if (snapshot !== undefined) this.#sendSnapshot(subscription, page.after, snapshot.payload)
    subscription.state = 'catching-up'
    subscription.cursor = page.after
    this.#handOver(subscription, page)
    void this.#run(subscription)
  }

  /** Instead of a gap, or where there is nothing to continue. Never rejects. */
  async #takeSnapshot(subscription: TopicSubscription): Promise<void> {
    try {
      const snapshot = await this.#snapshots.take(subscription)
      if (snapshot === undefined || subscription.isClosed) return
      if (subscription.state === 'opening') this.#answer(subscription, snapshot.page, snapshot)
      else if (this.#isAllowed(subscription)) this.#continueAfter(subscription, snapshot.page, snapshot)
    } catch (error) {
      this.#options.end(subscription, error)
    }
  }

  #sendSnapshot(subscription: TopicSubscription, position: Position, payload: EncodedPayload): void {
    const { subscriber } = subscription
    const frame = writePayload(payload, (fragment) => writeSnapshot(this.#options.as, position, fragment))
    if (typeof frame === 'string') subscriber.send(frame)
    else subscriber.sendPrepared(frame)
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
      if (subscription.isClosed) return
      if (page?.gap !== undefined && subscription.request.takeSnapshot !== undefined) {
        return this.#takeSnapshot(subscription)
      }
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
    subscription.onClose = () => pause.end()
    await pause.wait(this.#options.clock, retryDelayMs(attempt))
    subscription.onClose = undefined
  }
}

function isPosition(since: Since): since is Position {
  return typeof since === 'object' && 'epoch' in since
}
