/**
 * From the events of one turn to all live subscribers of a topic on this node.
 *
 * Not per subscriber: a message is made once, and handing it over allocates nothing.
 * Rule: the flushed position is what every live subscriber was handed; it moves with each message, before the message
 * is handed over, so that whoever is behind knows where it stopped.
 */
import { type Gap, type Position, PreparedMessage } from '@trunkline/core'
import { MAX_COALESCED_BYTES, MAX_FRAMES_PER_MESSAGE } from '@trunkline/core/protocol'
import { type FramedEntry, isSamePosition, type Tail } from './framed-entry.js'
import type { TopicSubscription } from './subscription.js'

/** A frame on its way: of a kept event, of an ephemeral one (`offset` 0), or of a gap. */
export interface Outgoing extends FramedEntry {
  readonly gap?: Gap | undefined
}

/** What a fan-out needs. */
export interface FanOutOptions {
  readonly ring: Tail
  readonly endOfTurn: (callback: () => void) => void
  /** Bytes that may wait in a subscriber's socket before it is handed nothing more. */
  readonly highWaterBytes: number
  /** A subscriber is full: it was handed everything up to `cursor`. Takes it out of the live ones. */
  readonly onSlow: (subscription: TopicSubscription, cursor: Position) => void
  /**
   * Events after `cursor` are lost to a live subscriber. Takes it out of the live ones; then it is handed no gap. Default:
   * all are handed the gap.
   */
  readonly onLost?: ((subscription: TopicSubscription, cursor: Position) => void) | undefined
}

export class FanOut {
  /** Where every live subscriber is; `undefined` until the history is known, and always for a topic that keeps none. */
  flushed: Position | undefined
  readonly #options: FanOutOptions
  readonly #live = new Set<TopicSubscription>()
  #pending: Outgoing[] = []
  #pendingLength = 0
  #scheduled = false
  #flushing = false
  #messages = 0
  #flushedCallbacks: (() => void)[] = []

  constructor(options: FanOutOptions) {
    this.#options = options
  }

  /** Whether a subscriber with this cursor may turn live now. */
  isAt(cursor: Position): boolean {
    return this.flushed !== undefined && isSamePosition(this.flushed, cursor)
  }

  add(subscription: TopicSubscription): void {
    subscription.state = 'live'
    subscription.cursor = undefined
    subscription.liveSince = this.#messages
    this.#live.add(subscription)
  }

  remove(subscription: TopicSubscription): void {
    this.#live.delete(subscription)
  }

  /** Takes the next frame; it leaves at the end of the turn, or at once with a full message. */
  push(outgoing: Outgoing): void {
    this.#pending.push(outgoing)
    this.#pendingLength += outgoing.frame.length
    if (this.#pendingLength >= MAX_COALESCED_BYTES || this.#pending.length >= MAX_FRAMES_PER_MESSAGE) {
      this.flush()
    } else if (!this.#scheduled) {
      this.#scheduled = true
      this.#options.endOfTurn(this.#endTurn)
    }
  }

  /** The tag of an event that was taken, as far back as the ring goes. */
  tagAt(offset: number): string | undefined {
    for (let index = this.#pending.length - 1; index >= 0; index--) {
      const outgoing = this.#pending[index]
      if (outgoing?.gap !== undefined) {
        const { position } = outgoing.gap
        return position.offset === offset ? position.tag : undefined
      }
      if (outgoing?.offset === offset) return outgoing.tag
    }
    return this.#options.ring.tagAt(offset)
  }

  /** Resolves when everything that was taken so far has been handed out. */
  whenFlushed(): Promise<void> {
    if (this.#pending.length === 0) return Promise.resolve()
    return new Promise((resolve) => this.#flushedCallbacks.push(resolve))
  }

  flush(): void {
    // Handing over may call back into the topic; what that brings is flushed by the loop that runs already.
    if (this.#flushing) return
    this.#flushing = true
    while (this.#pending.length > 0) {
      const pending = this.#pending
      this.#pending = []
      this.#pendingLength = 0
      this.#handOut(pending)
    }
    this.#flushing = false
    const callbacks = this.#flushedCallbacks
    this.#flushedCallbacks = []
    for (const callback of callbacks) callback()
  }

  #endTurn = (): void => {
    this.#scheduled = false
    this.flush()
  }

  /** Splits what is pending into messages as P2.6 allows. */
  #handOut(pending: readonly Outgoing[]): void {
    let start = 0
    let length = 0
    for (let index = 0; index < pending.length; index++) {
      const { frame } = pending[index] as Outgoing // the index is below the length
      const isText = typeof frame === 'string'
      if (index > start && (!isText || length + frame.length > MAX_COALESCED_BYTES)) {
        this.#send(pending, start, index)
        start = index
        length = 0
      }
      length += frame.length + 1
      if (!isText || index + 1 - start === MAX_FRAMES_PER_MESSAGE) {
        this.#send(pending, start, index + 1)
        start = index + 1
        length = 0
      }
    }
    if (start < pending.length) this.#send(pending, start, pending.length)
  }

  #send(pending: readonly Outgoing[], start: number, end: number): void {
    const before = this.flushed
    const isLost = this.#advance(pending, start, end)
    if (this.#live.size === 0) return
    const { highWaterBytes, onSlow, onLost } = this.#options
    if (isLost && onLost !== undefined && before !== undefined) {
      // A copy: one that lost nothing after all turns live again at once.
      for (const subscription of [...this.#live]) onLost(subscription, before)
      return
    }
    const message = toMessage(pending, start, end)
    const number = ++this.#messages
    for (const subscription of this.#live) {
      // It turned live while this very message was handed out: its cursor was behind the message.
      if (subscription.liveSince >= number) continue
      const { subscriber } = subscription
      if (subscriber.bufferedBytes <= highWaterBytes) subscriber.sendPrepared(message)
      // What is ephemeral is dropped for a full socket; nothing else was missed where the position did not move.
      else if (before !== undefined && before !== this.flushed) onSlow(subscription, before)
    }
  }

  /** Moves the flushed position behind a message. True when there is a gap in it. */
  #advance(pending: readonly Outgoing[], start: number, end: number): boolean {
    const { ring } = this.#options
    let last: FramedEntry | undefined
    let isLost = false
    for (let index = start; index < end; index++) {
      const outgoing = pending[index] as Outgoing // the index is below the length
      if (outgoing.gap !== undefined) {
        this.flushed = outgoing.gap.position
        ring.reset(this.flushed)
        last = undefined
        isLost = true
      } else if (outgoing.offset > 0) {
        ring.push(outgoing)
        last = outgoing
      }
    }
    if (last !== undefined && this.flushed !== undefined) {
      this.flushed = { epoch: this.flushed.epoch, offset: last.offset, tag: last.tag }
    }
    return isLost
  }
}

function toMessage(pending: readonly Outgoing[], start: number, end: number): PreparedMessage | Uint8Array {
  const first = pending[start]?.frame ?? ''
  if (typeof first !== 'string') return first
  if (end - start === 1) return new PreparedMessage(first)
  let text = `[${first}`
  for (let index = start + 1; index < end; index++) {
    const frame = pending[index]?.frame
    // What is binary got a message of its own.
    if (typeof frame === 'string') text += `,${frame}`
  }
  return new PreparedMessage(`${text}]`)
}
