/**
 * The WebSocket of Node: that of `ws`, also where there is a global one.
 *
 * Not the global one of Node 22 and later, nor Deno's: neither can let go of a socket. An abandoned one whose peer is silent
 * stays, and keeps the process alive that closed its client. Nor do Node's say why no connection came about.
 * Rule: this is the only file of the client that imports `ws`.
 */
import { Buffer } from 'node:buffer'
import { type ClientOptions, WebSocket as WsWebSocket } from 'ws'
import type { WebSocketConstructor } from '../websocket-like.js'

/** How long a socket that says goodbye waits for its peer's. */
const CLOSE_TIMEOUT_MS = 5_000

/**
 * That of `ws`, but a text message leaves as one buffer in one write. Of a string `ws` masks a copy and writes it behind its
 * header; of bytes that it may not change it makes one buffer of both.
 */
class NodeWebSocket extends WsWebSocket {
  constructor(url: string, protocols: string[]) {
    // `ws` has `closeTimeout`, its types lack it.
    const options: ClientOptions & { readonly closeTimeout: number } = { closeTimeout: CLOSE_TIMEOUT_MS }
    super(url, protocols, options)
  }

  override send(message: string | Uint8Array): void {
    if (typeof message === 'string') super.send(Buffer.from(message), { binary: false })
    else super.send(message)
  }
}

/** The constructor to use where the app passed none: a global one that can let go of a socket, as Bun's, else that of `ws`. */
export function nodeWebSocket(): WebSocketConstructor {
  const platform = globalThis.WebSocket
  const canTerminate = platform && 'terminate' in platform.prototype
  // `ws` implements the browser's interface; its declarations name their own event types.
  return (canTerminate ? platform : NodeWebSocket) as unknown as WebSocketConstructor
}
