/**
 * The one FIFO of a connection.
 *
 * Not a store: what must survive the socket is kept by the session's sequence, which is told what left together.
 * Rule: nothing overtakes anything; what is ready in one turn leaves as one message, a full message at once (P2.6).
 */
import type { PreparedMessage, Transport } from '@trunkline/core'
import { MAX_COALESCED_BYTES, MAX_FRAMES_PER_MESSAGE } from '@trunkline/core/protocol'
import type { SessionSequence } from './session-sequence.js'
import type { Flushable, Turn } from './turn.js'

export class Outbox implements Flushable {
  /** Keeps session frames; set as soon as the connection is on a session. */
  sequence: SessionSequence | undefined = undefined
  /** What has not left, joined by commas. */
  #text = ''
  #frames = 0
  /** Where in the text the session frames begin that are not kept yet, always up to its end; and how many they are. */
  #unkeptFrom = 0
  #unkept = 0
  readonly #transport: Transport
  readonly #turn: Turn
  #scheduled = false

  constructor(transport: Transport, turn: Turn) {
    this.#transport = transport
    this.#turn = turn
  }

  /** Adds a frame that nobody has to keep: one of the connection's, or one that is kept already. */
  push(frame: string | Uint8Array): void {
    if (typeof frame !== 'string') return this.pushPrepared(frame)
    this.#makeRoom(frame)
    this.settle()
    this.#add(frame)
    this.#unkeptFrom = this.#text.length + 1
    this.#flushWhenFull()
  }

  /** Adds a session frame, which its sequence has counted. */
  pushSession(frame: string | Uint8Array): void {
    if (typeof frame !== 'string') {
      this.pushPrepared(frame)
      this.sequence?.keep(frame, 1, frame.length)
      return
    }
    this.#makeRoom(frame)
    this.#add(frame)
    this.#unkept += 1
    this.#flushWhenFull()
  }

  /** Sends bytes or a shared message behind everything that was pushed before it. */
  pushPrepared(message: PreparedMessage | Uint8Array): void {
    this.flush()
    this.#transport.send(message)
  }

  /** Bytes that have not left: here and in the socket. */
  get bufferedBytes(): number {
    return this.#text.length + this.#transport.bufferedBytes
  }

  /** Keeps session frames before they have left: their socket is lost, or they will share a message with other frames. */
  settle(): void {
    if (this.#unkept > 0) this.#keep(this.#text.slice(this.#unkeptFrom))
    this.#unkeptFrom = this.#frames === 0 ? 0 : this.#text.length + 1
  }

  flush(): void {
    this.#scheduled = false
    if (this.#frames === 0) return
    const message = this.#frames === 1 ? this.#text : `[${this.#text}]`
    // The message itself where it is all to be kept: it is one flat string once it was sent, its parts are garbage.
    // Otherwise a piece of the message, not of the text: the text would be made flat for it, and the message again.
    if (this.#unkept > 0) this.#keep(this.#unkeptFrom === 0 ? message : message.slice(this.#unkeptFrom + 1, -1))
    this.#text = ''
    this.#frames = 0
    this.#unkeptFrom = 0
    this.#transport.send(message)
  }

  #keep(message: string): void {
    const commas = this.#unkept - 1
    this.sequence?.keep(message, this.#unkept, this.#text.length - this.#unkeptFrom - commas)
    this.#unkept = 0
  }

  #makeRoom(frame: string): void {
    // A comma and two brackets come with it.
    if (this.#frames > 0 && this.#text.length + frame.length + 3 > MAX_COALESCED_BYTES) this.flush()
  }

  #add(frame: string): void {
    this.#text = this.#frames === 0 ? frame : `${this.#text},${frame}`
    this.#frames += 1
  }

  #flushWhenFull(): void {
    if (this.#text.length + 2 >= MAX_COALESCED_BYTES || this.#frames >= MAX_FRAMES_PER_MESSAGE) {
      this.flush()
    } else if (!this.#scheduled) {
      this.#scheduled = true
      this.#turn.flushConnection(this)
    }
  }
}
