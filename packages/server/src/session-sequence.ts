/**
 * The server's side of a session's sequence: what was sent and not acknowledged, and how much was received (P4.1 to P4.4).
 *
 * Not the client's, which keeps frame by frame: a server has thousands of these, and what each keeps for a
 * second is most of what its garbage collector has to move. So frames that left together are kept together, as the one
 * text that was sent, and are taken apart only when a session resumes.
 * Rule: a frame is counted when it is sent and kept when it leaves, in the same order; `retainedBytes` knows both.
 */
import { ACK_AFTER_BYTES, ACK_AFTER_MS, MAX_RETAINED_BYTES } from '@trunkline/core/protocol'
import { splitFrames } from './split-frames.js'

/** Frames that left together. */
interface Kept {
  /** One frame, `[frame,frame]`, or `frame,frame` where other frames stood before them. */
  readonly message: string | Uint8Array
  readonly frames: number
  readonly bytes: number
  /** Cleared when it is let go: a link from what is old would keep alive what is younger. */
  next: Kept | undefined
}

export class SessionSequence {
  /** Session frames received so far. */
  received = 0
  /** Session frames sent so far. */
  sent = 0
  /** Bytes (UTF-16 units of text) of what the peer has not acknowledged. A message is let go as a whole. */
  retainedBytes = 0
  /** The number of the last frame that is or was kept, and how many up to it are kept now. */
  #lastKept = 0
  #frames = 0
  #oldest: Kept | undefined
  #newest: Kept | undefined
  #unacknowledgedBytes = 0
  #acknowledgedAt: number

  constructor(now: number) {
    this.#oldest = undefined
    this.#newest = undefined
    this.#acknowledgedAt = now
  }

  /** Numbers a frame that is being sent; `keep` must follow when it leaves. */
  count(bytes: number): void {
    this.sent += 1
    this.retainedBytes += bytes
  }

  /** Keeps the next `frames` frames that were counted, of `bytes` in all. */
  keep(message: string | Uint8Array, frames: number, bytes: number): void {
    const kept: Kept = { message, frames, bytes, next: undefined }
    if (this.#newest === undefined) this.#oldest = kept
    else this.#newest.next = kept
    this.#newest = kept
    this.#lastKept += frames
    this.#frames += frames
    while (this.retainedBytes > MAX_RETAINED_BYTES && this.#oldest !== undefined) this.#letGo(this.#oldest)
  }

  /**
   * The peer says that it has `count` of our frames. False when it cannot: it claims more than was sent.
   */
  acknowledge(count: number): boolean {
    if (count > this.sent) return false
    while (this.#oldest !== undefined && this.#lastKept - this.#frames + this.#oldest.frames <= count) {
      this.#letGo(this.#oldest)
    }
    return true
  }

  /** The frames after number `count`, or undefined when one of them is not kept any more. */
  after(count: number): (string | Uint8Array)[] | undefined {
    let number = this.#lastKept - this.#frames
    if (count > this.sent || count < number) return undefined
    const missing: (string | Uint8Array)[] = []
    for (let kept = this.#oldest; kept !== undefined; kept = kept.next) {
      const { message, frames } = kept
      if (number + frames > count) {
        const parts = typeof message === 'string' && frames > 1 ? splitFrames(message) : [message]
        missing.push(...parts.slice(Math.max(0, count - number)))
      }
      number += frames
    }
    return missing
  }

  /** Counts a received frame of `bytes`; true when the peer should be told with an `ack`. */
  receive(bytes: number, now: number): boolean {
    this.received += 1
    this.#unacknowledgedBytes += bytes
    return this.#unacknowledgedBytes >= ACK_AFTER_BYTES || now - this.#acknowledgedAt >= ACK_AFTER_MS
  }

  /** `received` is being told to the peer. */
  told(now: number): void {
    this.#unacknowledgedBytes = 0
    this.#acknowledgedAt = now
  }

  #letGo(oldest: Kept): void {
    this.#oldest = oldest.next
    if (oldest.next === undefined) this.#newest = undefined
    oldest.next = undefined
    this.#frames -= oldest.frames
    this.retainedBytes -= oldest.bytes
  }
}
