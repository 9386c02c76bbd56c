/**
 * How a subscription that is not live gets there.
 *
 * Not a queue: it reads pages of history and hands over as much as the socket takes. Rule: Invariant L. It reads through
 * the reader only, hands over nothing beyond the flushed position, and turns live in the turn in which its cursor is
 * that position. (Going live at the broker's top and dropping repeated offsets later skips events silently.)
 */
import { type Clock, type EncodedPayload, isPosition, type Position, type Since } from '@trunkline/core'
import { writeGap, writeLive, writeSnapshot, writeSubbed } from '@trunkline/core/protocol'
import { writePayload } from '../payload.js'
import type { ReadFrom } from './broker.js'
import type { FanOut } from './fan-out.js'
import type { FramedPage, PageReader } from './framed-entry.js'
import type { PageTurns } from './page-turns.js'
import { Pause, retryDelayMs } from './retry.js'
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
  /** Shared by all topics of the node: a connection may catch up on several. */
  readonly turns: PageTurns
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

  /**
   * Takes a live subscription that was handed everything up to `cursor`: its socket is full (P6.6), or it lost events, of
   * which reading finds what is left, or a snapshot.
   */
  fallBehind(subscription: TopicSubscription, cursor: Position): void {
    const { as, fanOut } = this.#options
    fanOut.remove(subscription)
    subscription.state = 'catching-up'
    subscription.cursor = cursor
    subscription.subscriber.send(writeLive('behind', as))
    this.#continue(subscription)
  }

  #answer(subscription: TopicSubscription, page: FramedPage | undefined, snapshot?: TakenSnapshot): void {
    const { as, fanOut, isTable } = this.#options
    const { subscriber, request } = subscription
    if (subscription.isClosed) return
    if (page === undefined) {
      subscriber.send(writeSubbed(request.id, as))
      return fanOut.add(subscription)
    }
    if (this.#asksRights(subscription, () => this.begin(subscription))) return
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
    subscription.cursor = { ...page.after, begunAt: page.begunAt }
    // Many that come back at once share a page: else all of them would be handed it in one turn.
    if (this.#options.turns.spendPage()) this.#handOver(subscription, page)
    this.#continue(subscription)
  }

  /** Instead of a gap, or where there is nothing to continue. Never rejects. */
  async #takeSnapshot(subscription: TopicSubscription): Promise<void> {
    try {
      const snapshot = await this.#snapshots.take(subscription)
      if (snapshot === undefined || subscription.isClosed) return
      if (subscription.state === 'opening') return this.#answer(subscription, snapshot.page, snapshot)
      if (this.#asksRights(subscription, () => void this.#takeSnapshot(subscription))) return
      this.#continueAfter(subscription, snapshot.page, snapshot)
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

  /** Hands over the next page when it is this subscription's turn. `attempt` counts the tries that brought nothing. */
  #continue(subscription: TopicSubscription, attempt = 0): void {
    if (subscription.isClosed) return
    this.#options.turns.take(subscription.subscriber, () => this.#step(subscription, attempt))
  }

  /** One page. Resolves when it was handed over, where it had to be read; never rejects. */
  #step(subscription: TopicSubscription, attempt: number): Promise<void> | undefined {
    const { as, fanOut, reader } = this.#options
    const { cursor } = subscription
    if (subscription.state !== 'catching-up' || cursor === undefined) return undefined
    if (fanOut.isAt(cursor)) {
      subscription.subscriber.send(writeLive('live', as))
      fanOut.add(subscription)
      return undefined
    }
    const page = reader.tail(cursor)
    if (page !== undefined) {
      this.#takePage(subscription, page, attempt)
      return undefined
    }
    return reader.read(cursor).then(
      (read) => this.#takePage(subscription, read, attempt),
      () => void this.#tryAgain(subscription, attempt),
    )
  }

  /** Hands over a page and goes on behind it. */
  #takePage(subscription: TopicSubscription, page: FramedPage, attempt: number): void {
    // Closed while it was read.
    if (subscription.isClosed) return
    if (this.#asksRights(subscription, () => this.#continue(subscription, attempt))) return
    if (page.gap !== undefined && subscription.request.takeSnapshot !== undefined) {
      return void this.#takeSnapshot(subscription)
    }
    const { cursor, subscriber } = subscription
    if (page.gap !== undefined) {
      subscriber.send(writeGap(this.#options.as, page.gap))
      subscription.cursor = { ...page.gap.position, begunAt: page.begunAt }
    }
    this.#handOver(subscription, page)
    if (subscription.cursor !== cursor) return this.#continue(subscription)
    // Filled by others while it was read: there may well be something to hand over.
    if (subscriber.bufferedBytes > this.#options.highWaterBytes) return this.#continue(subscription, attempt)
    // Nothing to hand over, and yet not at the flushed position: the broker is further.
    void this.#options.intake
      .repair()
      .then(() => (attempt === 0 ? this.#continue(subscription, 1) : this.#tryAgain(subscription, attempt)))
  }

  async #tryAgain(subscription: TopicSubscription, attempt: number): Promise<void> {
    if (subscription.isClosed) return
    const pause = new Pause()
    subscription.onClose = () => pause.end()
    await pause.wait(this.#options.clock, retryDelayMs(attempt))
    subscription.onClose = undefined
    this.#continue(subscription, attempt + 1)
  }

  /** Hands over entries up to the flushed position, as long as the socket takes them. */
  #handOver(subscription: TopicSubscription, page: FramedPage): void {
    const { fanOut, highWaterBytes } = this.#options
    const { subscriber } = subscription
    const { flushed } = fanOut
    const { after, begunAt } = page
    const { epoch } = after
    if (flushed?.epoch !== epoch) return
    for (const { offset, tag, frame } of page.entries) {
      if (offset > flushed.offset || subscriber.bufferedBytes > highWaterBytes) return
      if (typeof frame === 'string') subscriber.send(frame)
      else subscriber.sendPrepared(frame)
      subscription.cursor = { epoch, offset, tag, begunAt }
    }
  }

  /** Where rights may have changed, asks for them again; goes on with `next` where they still hold (P6.15). */
  #asksRights(subscription: TopicSubscription, next: () => void): boolean {
    const asked = subscription.request.recheck?.()
    asked?.then(
      () => {
        if (!subscription.isClosed) next()
      },
      (error: unknown) => this.#options.end(subscription, error),
    )
    return asked !== undefined
  }
}
