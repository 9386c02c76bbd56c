import type { Message, Transport, TransportEvents } from '@trunkline/core'
import type { Direction } from './direction.js'

/** One message of a pair's transcript. */
export interface Sent {
  readonly direction: Direction
  readonly message: string | Uint8Array
  /** Whether the other side has received it. */
  delivered: boolean
}

/** What the socket's life has come to; `closing` waits for the peer's answer to our close. */
type State = 'connecting' | 'open' | 'closing' | 'closed'

type Outgoing = { readonly sent: Sent; readonly bytes: number } | { readonly code: number; readonly reason: string }

/**
 * One end of a transport pair.
 *
 * Not aware of latency: the pair gives it a carrier. It owns what it has sent until the carrier has it.
 * Rule: `onClose` is called once, never within the caller's turn, and nothing is called after it.
 */
export class MemoryTransport implements Transport {
  sentBytes = 0
  peer: MemoryTransport | undefined
  #state: State = 'connecting'
  #events: TransportEvents | undefined
  #outgoing: Outgoing[] = []
  #queuedBytes = 0
  #pretendedBytes = 0
  #stalled = false
  #swallowing = false
  #reading = true
  #broken = false
  #cut: { messagesLeft: number; drop: () => void } | undefined
  readonly #direction: Direction
  readonly #carry: (deliver: () => void) => void
  readonly #transcript: Sent[]
  readonly #onAttached: () => void

  constructor(direction: Direction, carry: (deliver: () => void) => void, transcript: Sent[], onAttached: () => void) {
    this.#direction = direction
    this.#carry = carry
    this.#transcript = transcript
    this.#onAttached = onAttached
  }

  get attached(): boolean {
    return this.#events !== undefined
  }

  get bufferedBytes(): number {
    return this.#queuedBytes + this.#pretendedBytes
  }

  attach(events: TransportEvents): void {
    if (this.#events !== undefined) throw new Error('This transport is attached already.')
    this.#events = events
    this.#onAttached()
  }

  send(message: Message): void {
    if (this.#state === 'closing' || this.#state === 'closed') return
    // Bytes are copied: a sender may reuse its buffer once it has handed them over.
    const content =
      typeof message === 'string' ? message : message instanceof Uint8Array ? message.slice() : message.text
    const sent: Sent = { direction: this.#direction, message: content, delivered: false }
    const bytes = typeof content === 'string' ? Buffer.byteLength(content) : content.byteLength
    // What leaves within its own `send` was never buffered in the eyes of the sender, so it announces nothing.
    const wasBuffering = this.bufferedBytes > 0
    this.#transcript.push(sent)
    this.#outgoing.push({ sent, bytes })
    this.#queuedBytes += bytes
    this.#flush(wasBuffering)
  }

  close(code: number, reason = ''): void {
    if (this.#state === 'closed') return
    // A socket that is still connecting has nobody to say goodbye to.
    if (code === 1006 || this.#state === 'connecting') {
      const peer = this.peer
      this.lose()
      if (!this.#swallowing) this.#carry(() => peer?.lose())
      return
    }
    if (this.#state === 'closing') return
    this.#state = 'closing'
    this.#outgoing.push({ code, reason })
    this.#flush()
  }

  setReading(reading: boolean): void {
    this.#reading = reading
    this.peer?.flushSoon()
  }

  /** The socket is open; only the side that connected is told. */
  open({ announce }: { announce: boolean }): void {
    if (this.#state !== 'connecting') return
    this.#state = 'open'
    if (announce) this.#events?.onOpen?.()
    this.#flush()
  }

  /** The socket broke: what it held is lost and its owner hears 1006. */
  lose(): void {
    if (this.#state !== 'closed') this.#broken = true
    this.#finish(1006, '')
  }

  /** From now on nothing of what is sent arrives, and neither does a close. */
  swallow(): void {
    this.#swallowing = true
    this.#flush()
  }

  setStalled(stalled: boolean): void {
    this.#stalled = stalled
    this.#flush()
  }

  pretendBuffered(bytes: number): void {
    const before = this.bufferedBytes
    this.#pretendedBytes = bytes
    if (before > 0) this.#announceWritable()
  }

  cutAfter(messages: number, drop: () => void): void {
    this.#cut = { messagesLeft: messages, drop }
  }

  flushSoon(): void {
    this.#carry(() => this.#flush())
  }

  #flush(wasBuffering: boolean = this.bufferedBytes > 0): void {
    if (this.#state === 'connecting' || this.#state === 'closed' || this.#stalled) return
    if (this.peer !== undefined && !this.peer.#reading) return
    for (const outgoing of this.#outgoing.splice(0)) this.#leave(outgoing)
    if (wasBuffering) this.#announceWritable()
  }

  #leave(outgoing: Outgoing): void {
    if ('sent' in outgoing) {
      this.#queuedBytes -= outgoing.bytes
      this.sentBytes += outgoing.bytes
    }
    if (this.#swallowing) return
    this.#carry(() => {
      if ('sent' in outgoing) this.#arrive(outgoing.sent)
      else if (!this.#broken && !this.#swallowing) this.peer?.acceptClose(outgoing.code, outgoing.reason)
    })
  }

  #arrive(sent: Sent): void {
    const peer = this.peer
    // Lost with a socket that broke while it was on its way, or swallowed by a network that went dark meanwhile. A
    // sender that closed politely in between is no reason: its messages were sent before its close.
    if (peer === undefined || peer.#state === 'closed' || this.#broken || this.#swallowing) return
    sent.delivered = true
    peer.#events?.onMessage(sent.message)
    const cut = this.#cut
    if (cut === undefined || --cut.messagesLeft > 0) return
    this.#cut = undefined
    cut.drop()
  }

  /** The peer's close frame came: answer it, and tell both owners. */
  acceptClose(code: number, reason: string): void {
    if (this.#state === 'closed') return
    this.#finish(code, reason)
    if (this.#swallowing) return
    const closer = this.peer
    this.#carry(() => closer?.finishClose(code, reason))
  }

  finishClose(code: number, reason: string): void {
    this.#finish(code, reason)
  }

  #announceWritable(): void {
    if (this.bufferedBytes > 0) return
    this.#carry(() => {
      if (this.#state === 'open' && this.bufferedBytes === 0) this.#events?.onWritable?.()
    })
  }

  #finish(code: number, reason: string): void {
    if (this.#state === 'closed') return
    this.#state = 'closed'
    this.#outgoing = []
    this.#queuedBytes = 0
    this.#pretendedBytes = 0
    // A microtask, not the carrier: an end learns at once that it is gone, however slow the network is.
    queueMicrotask(() => this.#events?.onClose(code, reason))
  }
}
