/**
 * The one FIFO of a connection.
 *
 * Not a store: what must survive the socket is kept by the session's sequence.
 * Rule: nothing overtakes anything; what is ready in one turn leaves as one message, a full message at once (P2.6).
 */
import type { Message, PreparedMessage, Transport } from '@trunkline/core'
import { coalesce, MAX_COALESCED_BYTES, MAX_FRAMES_PER_MESSAGE } from '@trunkline/core/protocol'
import type { Flushable, Turn } from './turn.js'

export class Outbox implements Flushable {
  #entries: Message[] = []
  #bytes = 0
  readonly #transport: Transport
  readonly #turn: Turn
  readonly #send: (message: Message) => void
  #scheduled = false

  constructor(transport: Transport, turn: Turn) {
    this.#transport = transport
    this.#turn = turn
    this.#send = (message) => transport.send(message)
  }

  /** Adds a frame as text, or a binary message. */
  push(entry: string | Uint8Array): void {
    this.#entries.push(entry)
    this.#bytes += entry.length
    if (this.#bytes >= MAX_COALESCED_BYTES || this.#entries.length >= MAX_FRAMES_PER_MESSAGE) {
      this.flush()
    } else if (!this.#scheduled) {
      this.#scheduled = true
      this.#turn.flushConnection(this)
    }
  }

  /** Sends a shared message behind everything that was pushed before it. */
  pushPrepared(message: PreparedMessage | Uint8Array): void {
    if (this.#entries.length > 0) this.flush()
    this.#transport.send(message)
  }

  /** Bytes that have not left: here and in the socket. */
  get bufferedBytes(): number {
    return this.#bytes + this.#transport.bufferedBytes
  }

  flush(): void {
    this.#scheduled = false
    const entries = this.#entries
    if (entries.length === 0) return
    this.#entries = []
    this.#bytes = 0
    if (entries.length === 1) this.#transport.send(entries[0] ?? '')
    else coalesce(entries, this.#send)
  }
}
