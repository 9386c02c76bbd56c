/**
 * The WebSocket of Node: the global one where there is one (Node 22), else that of `ws`.
 *
 * Rule: this is the only file of the client that imports `ws`.
 */
import { WebSocket as WsWebSocket } from 'ws'
import type { WebSocketConstructor } from '../websocket-like.js'

/** The constructor to use where the app passed none. */
export function nodeWebSocket(): WebSocketConstructor {
  // `ws` implements the browser's interface; its declarations name their own event types.
  return (globalThis.WebSocket ?? WsWebSocket) as unknown as WebSocketConstructor
}
