/**
 * The WebSocket of Node: the global one where there is one (Node 22), else that of `ws`.
 *
 * Rule: this is the only file of the client that imports `ws`.
 */
import { Buffer } from 'node:buffer'
import { WebSocket as WsWebSocket } from 'ws'
import type { WebSocketConstructor } from '../websocket-like.js'

/**
 * That of `ws`, but a text message leaves as one buffer in one write. Of a string `ws` masks a copy and writes it behind its
 * header; of bytes that it may not change it makes one buffer of both.
 */
class NodeWebSocket extends WsWebSocket {
  override send(message: string | Uint8Array): void {
    if (typeof message === 'string') super.send(Buffer.from(message), { binary: false })
    else super.send(message)
  }
}

/** The constructor to use where the app passed none. */
export function nodeWebSocket(): WebSocketConstructor {
  // `ws` implements the browser's interface; its declarations name their own event types.
  return (globalThis.WebSocket ?? NodeWebSocket) as unknown as WebSocketConstructor
}
