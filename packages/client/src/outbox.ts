/**
 * The one FIFO of a client's socket.
 *
 * Not a store: what must survive the socket is kept by the session's sequence, what was never sent by the call table.
 * Rule: nothing overtakes anything; what is ready in one turn leaves as one message, a full message at once (P2.6).
 */
import type { Message } from '@trunkline/core'
import { MAX_COALESCED_BYTES, MAX_FRAMES_PER_MESSAGE } from '@trunkline/core/protocol'

export interface Outbox {
  push(message: Message): void
  flush(): void
  /** Drops what has not left. */
  clear(): void
}

/**
 * @param send - hands a message to the socket.
 * @param maxBytes - the server's limit for one message, as far as it is known.
 */
export function createOutbox(send: (message: Message) => void, maxBytes: () => number): Outbox {
  let frames: string[] = []
  /** Of the array, its opening bracket included. */
  let length = 1
  let scheduled = false
  const clear = (): void => {
    frames = []
    length = 1
  }
  const flush = (): void => {
    scheduled = false
    if (frames.length === 0) return
    const message = frames.length > 1 ? `[${frames.join()}]` : frames[0]
    clear()
    send(message as string)
  }
  return {
    clear,
    flush,
    push: (message) => {
      if (typeof message !== 'string') {
        flush()
        send(message)
        return
      }
      length += message.length + 1
      // A UTF-16 unit takes at most three bytes, and the server counts bytes.
      if (length > Math.min(MAX_COALESCED_BYTES, maxBytes() / 3) || frames.length === MAX_FRAMES_PER_MESSAGE) {
        flush()
        length = message.length + 2
      }
      frames.push(message)
      if (!scheduled) {
        scheduled = true
        queueMicrotask(flush)
      }
    },
  }
}
