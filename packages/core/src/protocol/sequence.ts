/**
 * One side of a session's sequence: what was sent and not acknowledged, and how much was received (P4.1 to P4.4).
 *
 * Not a queue to the socket: the outbox is. Rule: a frame's number is its place in the order of `sent`.
 */
import type { Message } from '../transport.js'
import { ACK_AFTER_BYTES, ACK_AFTER_MS, MAX_RETAINED_BYTES } from './limits.js'

export class Sequence {
  /** Session frames received so far. */
  received = 0
  #sent = 0
  /** Frames number `#first` … `#sent`, from index `#head` on. */
  #retained: Message[] = []
  #head = 0
  #retainedBytes = 0
  #unacknowledgedBytes = 0
  #acknowledgedAt: number

  constructor(now: number) {
    this.#acknowledgedAt = now
  }

  /** Session frames sent so far. */
  get sent(): number {
    return this.#sent
  }

  /** Bytes (UTF-16 units of text) that are kept until the peer acknowledges them. */
  get retainedBytes(): number {
    return this.#retainedBytes
  }

  /** Numbers and keeps a frame that is being sent. */
  keep(frame: Message): void {
    this.#sent += 1
    this.#retained.push(frame)
    this.#retainedBytes += frame.length
    while (this.#retainedBytes > MAX_RETAINED_BYTES && this.#head < this.#retained.length) this.#letGo()
  }

  /**
   * The peer says that it has `count` of our frames. False when it cannot: it claims more than was sent.
   */
  acknowledge(count: number): boolean {
    if (count > this.#sent) return false
    const kept = this.#retained.length - this.#head
    const drop = kept - (this.#sent - count)
    for (let i = 0; i < drop; i++) this.#letGo()
    return true
  }

  /** The frames after number `count`, or undefined when one of them is not kept any more. */
  after(count: number): Message[] | undefined {
    const missing = this.#sent - count
    const kept = this.#retained.length - this.#head
    if (missing < 0 || missing > kept) return undefined
    return this.#retained.slice(this.#retained.length - missing)
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

  #letGo(): void {
    const frame = this.#retained[this.#head]
    this.#retainedBytes -= frame?.length ?? 0
    // Overwritten so that the frame can be collected before the array is compacted.
    this.#retained[this.#head] = ''
    this.#head += 1
    if (this.#head > 64 && this.#head * 2 > this.#retained.length) {
      this.#retained = this.#retained.slice(this.#head)
      this.#head = 0
    }
  }
}
