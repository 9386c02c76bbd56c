/**
 * A peer that speaks frames by hand, for wire tests that read as transcripts.
 *
 * Not a client: it answers nothing by itself, keeps no session and checks no frame.
 * Rule: frames are received in the order they came, one by one; an array is unpacked into its elements.
 */
import { WebSocket } from 'ws'
import { RawSocketPeer } from './raw-socket-peer.js'

/** What a raw peer can say, and what it can wait for. Every error it throws shows the conversation so far. */
export interface RawPeer {
  /** Sends one message: a string and bytes as they are, anything else (a frame, an array of frames) as JSON. */
  sends(message: unknown): void
  /**
   * Waits for the next frame, checks it and resolves with it. Text that is not JSON arrives as a string, a binary
   * message as a `Uint8Array`.
   *
   * @param expected - partial for objects; functions are predicates (see `findMismatch`).
   * @throws Error when the next frame differs, when the socket closes, and after `timeoutMs` (default 10_000).
   */
  receives(expected?: unknown, options?: { timeoutMs?: number }): Promise<unknown>
  /** Waits until the socket is closed and checks code and, when given, a part of the reason. */
  isClosedWith(code: number, reasonPart?: string | RegExp): Promise<void>
  /**
   * Sends `{"ping":0}` and waits for its pong: whatever the other side did before has arrived by then.
   *
   * @returns the frames that have come and that nobody has received; `[]` proves that nothing was said.
   */
  ping(): Promise<readonly unknown[]>
  /** Sends a close frame. */
  closes(code?: number, reason?: string): void
  /** Destroys the socket without a close frame. */
  terminate(): void
  /** Stops reading, so that the other side feels backpressure. */
  pauseReading(): void
  resumeReading(): void
  /** Every message that came, as it came. */
  readonly messages: readonly (string | Uint8Array)[]
  /** Payload bytes of all messages that came. */
  readonly bytesReceived: number
  /** Payload bytes of all messages that were sent. */
  readonly bytesSent: number
  /** The subprotocol that was agreed on; empty when none was. */
  readonly protocol: string
  /** How the socket ended; pending while it is open. */
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>
  /** The conversation so far, one line a message. */
  readonly transcript: string
}

/** Options of `connectRawPeer`. */
export interface RawPeerOptions {
  /** Subprotocols to offer. Default `['trunkline.1']`. */
  protocols?: readonly string[]
  /** Headers of the handshake, such as `origin` or `cookie`. */
  headers?: Readonly<Record<string, string>>
  /** Frames that `receives` and `ping` pass over, such as heartbeats; they stay in `messages`. */
  ignores?: (frame: unknown) => boolean
}

/** The server answered the handshake with an HTTP status other than 101. */
export class HandshakeRefusedError extends Error {
  override readonly name = 'HandshakeRefusedError'
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>

  constructor(status: number, headers: HandshakeRefusedError['headers']) {
    super(`The server refused the handshake with ${status}.`)
    this.status = status
    this.headers = headers
  }
}

/**
 * Opens a WebSocket; resolves when it is open.
 *
 * @throws HandshakeRefusedError when the server answers with another status; Error when it cannot be reached.
 */
export function connectRawPeer(url: string, options: RawPeerOptions = {}): Promise<RawPeer> {
  const { protocols = ['trunkline.1'], headers = {}, ignores } = options
  const socket = new WebSocket(url, [...protocols], { headers: { ...headers }, perMessageDeflate: false })
  // Made before the socket opens: a server may speak in the very packet of its handshake.
  const peer = new RawSocketPeer(socket, ignores)
  return new Promise((resolve, reject) => {
    socket.once('open', () => resolve(peer))
    socket.once('error', reject)
    socket.once('unexpected-response', (_request, response) => {
      reject(new HandshakeRefusedError(response.statusCode ?? 0, response.headers))
      socket.terminate()
    })
  })
}
