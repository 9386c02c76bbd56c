/**
 * What a platform's WebSocket must have. Types only: the transports use it, options name it.
 */

/** What a constructor passed as `WebSocket` must make. The global one does, and so does that of `ws`. */
export interface WebSocketLike {
  binaryType: string
  onopen: ((event: never) => void) | null
  onmessage: ((event: never) => void) | null
  onerror: ((event: never) => void) | null
  onclose: ((event: never) => void) | null
  send(data: string | Uint8Array<ArrayBuffer>): void
  close(code?: number, reason?: string): void
  /** `ws` has it: destroys the socket without a close frame. */
  terminate?(): void
}

/** A constructor of WebSockets. */
export type WebSocketConstructor = new (url: string, protocols: string[]) => WebSocketLike
