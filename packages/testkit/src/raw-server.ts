/**
 * A server that speaks frames by hand: the raw peer's mirror, for wire tests of a client.
 *
 * Not a Trunkline server: it accepts sockets and leaves every word to the test.
 * Rule: connections are handed out by `accepts` in the order they came, none twice.
 */
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { WebSocketServer } from 'ws'
import { eventually } from './eventually.js'
import type { RawPeer } from './raw-peer.js'
import { RawSocketPeer } from './raw-socket-peer.js'

/** A client that has connected, with its handshake. */
export interface RawConnection extends RawPeer {
  /** Headers of the handshake, in lower case. */
  readonly headers: IncomingMessage['headers']
  /** Path and query of the handshake. */
  readonly path: string
  /** Subprotocols that the client offered, in its order. */
  readonly offeredProtocols: readonly string[]
}

/** A running raw server. */
export interface RawServer {
  /** `ws://127.0.0.1:<port>`. */
  readonly url: string
  readonly port: number
  /** Sockets that are open now; a client that keeps one socket never makes it 2. */
  readonly open: number
  /** Handshakes that have come so far, refused ones included. */
  readonly handshakes: number
  /** Waits for the next connection and hands it out. Rejects after `timeoutMs` (default 10_000). */
  accepts(options?: { timeoutMs?: number }): Promise<RawConnection>
  /** Answers handshakes with an HTTP status instead of opening a socket; `undefined` accepts again. */
  refuses(status: number | undefined): void
  /** Destroys all sockets and frees the port. */
  close(): Promise<void>
}

/** Options of `startRawServer`. */
export interface RawServerOptions {
  /** Subprotocols to pick from, best first. Default `['trunkline.1']`. */
  protocols?: readonly string[]
  /** A fixed port, to come back where a closed server was. Default a free one. */
  port?: number
  /** Frames that `receives` and `ping` pass over; they stay in `messages`. */
  ignores?: (frame: unknown) => boolean
}

/** Starts a raw server on 127.0.0.1; resolves when it listens. */
export async function startRawServer(options: RawServerOptions = {}): Promise<RawServer> {
  const protocols = options.protocols ?? ['trunkline.1']
  const http = createServer()
  const sockets = new WebSocketServer({
    noServer: true,
    perMessageDeflate: false,
    handleProtocols: (offered) => protocols.find((protocol) => offered.has(protocol)) ?? false,
  })
  const waiting: RawConnection[] = []
  let refusedWith: number | undefined
  let handshakes = 0

  http.on('upgrade', (request, socket, head) => {
    handshakes++
    if (refusedWith !== undefined) {
      socket.on('error', () => {})
      socket.end(`HTTP/1.1 ${refusedWith} Refused\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`)
      return
    }
    sockets.handleUpgrade(request, socket, head, (webSocket) => {
      const offeredProtocols = (request.headers['sec-websocket-protocol'] ?? '').split(',').map((each) => each.trim())
      const handshake = { headers: request.headers, path: request.url ?? '/', offeredProtocols }
      waiting.push(Object.assign(new RawSocketPeer(webSocket, options.ignores), handshake))
    })
  })
  await new Promise<void>((resolve, reject) => {
    http.once('error', reject)
    http.listen(options.port ?? 0, '127.0.0.1', () => resolve())
  })
  // A listening TCP server has an address with a port.
  const { port } = http.address() as AddressInfo

  return {
    url: `ws://127.0.0.1:${port}`,
    port,
    get open() {
      return sockets.clients.size
    },
    get handshakes() {
      return handshakes
    },
    accepts: (wait = {}) => eventually(() => waiting.shift(), { ...wait, message: 'A connection' }),
    refuses: (status) => {
      refusedWith = status
    },
    close: () => {
      for (const client of sockets.clients) client.terminate()
      http.closeAllConnections()
      return new Promise((resolve) => http.close(() => resolve()))
    },
  }
}
