/**
 * The seam between Trunkline and whatever carries its messages.
 *
 * Not a WebSocket: a transport knows nothing of frames, procedures or sessions. It translates the events of a
 * platform's socket, keeps the order of what it is given, and tells how much has not left yet.
 * Rule: nothing but an entry (or a test) imports a transport.
 */
import type { PreparedMessage } from './prepared-message.js'

/** One WebSocket message: text, bytes, or one message that is sent to many sockets. */
export type Message = string | Uint8Array | PreparedMessage

/** What a connection wants to know of its socket. */
export interface TransportEvents {
  /** The socket opened. Not called when the transport was attached to a socket that is open already. */
  onOpen?: (() => void) | undefined
  /** One whole message arrived. */
  onMessage: (message: string | Uint8Array) => void
  /** `bufferedBytes` fell to zero after it had been above it. */
  onWritable?: (() => void) | undefined
  /** The socket is gone; called exactly once and nothing follows it. 1006 when no close frame came (RFC 6455, 7.1.5). */
  onClose: (code: number, reason: string) => void
}

/** One socket, seen from a connection. */
export interface Transport {
  /** Hands a message to the socket in order; never throws. After a close it is dropped. */
  send(message: Message): void
  /**
   * Closes with `code`. 1006 cannot be sent (RFC 6455, 7.4.1) and here means: abandon the socket at once,
   * without waiting for the peer's close frame. `onClose` follows in both cases.
   */
  close(code: number, reason?: string): void
  /** Stops or starts reading from the socket, so that the peer feels backpressure. Optional: browsers cannot. */
  setReading?(reading: boolean): void
  /** Bytes that were handed over and have not been given to the operating system. */
  readonly bufferedBytes: number
  /** Says who listens. Called once, before anything is received. */
  attach(events: TransportEvents): void
}
