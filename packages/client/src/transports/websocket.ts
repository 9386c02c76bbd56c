/**
 * A WebSocket as a transport: the platform's own, or any constructor with its interface.
 *
 * Not aware of frames. Rule: `onClose` comes once and nothing follows it; an abandoned socket is let go at once.
 */
import type { Message, TransportEvents } from '@trunkline/core'
import { SUBPROTOCOLS } from '@trunkline/core/protocol'
import type { ClientTransport } from '../link.js'
import type { WebSocketConstructor } from '../websocket-like.js'

/** Opens a socket and gives its transport. Throws a SyntaxError for an invalid URL. */
export function openWebSocket(url: string, WebSocket: WebSocketConstructor | undefined): ClientTransport {
  if (!WebSocket) throw new TypeError('No WebSocket here: pass a constructor as `WebSocket`.')
  const socket = new WebSocket(url, [...SUBPROTOCOLS])
  socket.binaryType = 'arraybuffer'
  let events: TransportEvents | undefined
  const end = (code: number, reason: string): void => {
    const listener = events
    events = undefined
    listener?.onClose(code, reason)
  }
  // An error is the end, as a 1006 everywhere, and with `ws` it says why. A close may follow it or not: Node 22's own
  // WebSocket tells of none where no connection came about, and Deno's of one with code 0.
  socket.onerror = ({ message = '' }: { message?: string }) => end(1006, message)
  socket.onopen = () => events?.onOpen?.()
  socket.onmessage = ({ data }: { data: string | ArrayBuffer }) =>
    events?.onMessage(typeof data === 'string' ? data : new Uint8Array(data))
  socket.onclose = ({ code, reason }: { code: number; reason: string }) => end(code, reason)
  return {
    attach: (listener) => {
      events = listener
    },
    send: (message: Message) => {
      // Prepared messages exist on servers only. A socket that is closing drops what it is given.
      if (events) socket.send(message as string)
    },
    close: (code, reason) => {
      if (code === 1006) {
        if (socket.terminate) socket.terminate()
        else socket.close()
        end(code, '')
      } else socket.close(code, reason)
    },
  }
}
