/**
 * The client's side of a session's sequence: what was sent and not acknowledged, and how much was received (P4.1 to P4.4).
 *
 * Not a queue to the socket: the outbox is. Rule: a frame's number is its place in the order of sending.
 */
import type { Message } from '@trunkline/core'
import { ACK_AFTER_BYTES, ACK_AFTER_MS, MAX_RETAINED_BYTES } from '@trunkline/core/protocol'

export interface Sequence {
  /** Session frames received so far. */
  received: number
  /** Numbers and keeps a frame that is being sent. */
  keep(frame: Message): void
  /** The server says that it has `count` of the frames. */
  acknowledge(count: number): void
  /** The frames after number `count`, or undefined when one of them is not kept any more, or was never sent. */
  after(count: number): Message[] | undefined
  /** Counts a received frame of `bytes`; true when the server should be told with an `ack`. */
  receive(bytes: number, now: number): boolean
  /** `received` is being told to the server. */
  told(now: number): void
}

export function createSequence(now: number): Sequence {
  let sent = 0
  const retained: Message[] = []
  let retainedBytes = 0
  let untoldBytes = 0
  let toldAt = now
  // One by one: a shift moves nothing in V8, where a splice moves all that stays, for each frame over the limit.
  const letGo = (count: number): void => {
    for (; count > 0; count--) retainedBytes -= retained.shift()?.length ?? 0
  }
  const sequence: Sequence = {
    received: 0,
    keep: (frame) => {
      sent += 1
      retained.push(frame)
      retainedBytes += frame.length
      while (retainedBytes > MAX_RETAINED_BYTES) letGo(1)
    },
    acknowledge: (count) => letGo(retained.length - sent + count),
    after: (count) => {
      const first = retained.length - sent + count
      return first < 0 || count > sent ? undefined : retained.slice(first)
    },
    receive: (bytes, now) => {
      sequence.received += 1
      untoldBytes += bytes
      return untoldBytes >= ACK_AFTER_BYTES || now - toldAt >= ACK_AFTER_MS
    },
    told: (now) => {
      untoldBytes = 0
      toldAt = now
    },
  }
  return sequence
}
