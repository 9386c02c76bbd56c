/**
 * WebSocket sockets of the `ws` package as transports.
 *
 * Not a connection: it translates events and knows no frame. Rule: the only file of the server that imports `ws`.
 */
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { type Message, PreparedMessage, type Transport, type TransportEvents } from '@trunkline/core'
import { SUBPROTOCOLS } from '@trunkline/core/protocol'
import { type RawData, type ServerOptions, type WebSocket, WebSocketServer } from 'ws'
import { unmaskFast } from './fast-unmask.js'
import { closeCodeOf } from './receiver-error.js'
import { textFrame } from './text-frame.js'
import { unsentBytes } from './unsent-bytes.js'

/** Turns HTTP upgrades into transports. */
export interface Upgrader {
  /** Completes a handshake. `version` is the common subprotocol, or undefined when there is none (P1.2). */
  upgrade(
    request: IncomingMessage,
    socket: Duplex,
    head: Buffer,
    opened: (transport: Transport, version: string | undefined) => void,
  ): void
}

/** What bounds a socket. */
export interface UpgraderOptions {
  /** A message over it closes its socket with 1009. */
  readonly maxMessageBytes: number
  /** How long the peer's close frame is waited for, in milliseconds. */
  readonly closeTimeoutMs: number
}

/** Makes an upgrader. */
export function createUpgrader({ maxMessageBytes, closeTimeoutMs }: UpgraderOptions): Upgrader {
  // `ws` has `closeTimeout`, its types lack it. The timer is its own anyway: one for each socket that is closing.
  const options: ServerOptions & { readonly closeTimeout: number } = {
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: maxMessageBytes,
    closeTimeout: closeTimeoutMs,
    // A whole message in the smallest fragments and chunks that a sane peer sends. Empty ones cost as much as small messages
    // and count in no rate.
    maxFragments: Math.max(128, Math.ceil(maxMessageBytes / 2_048)),
    maxBufferedChunks: 16_384,
    handleProtocols: (offered) => SUBPROTOCOLS.find((version) => offered.has(version)) ?? first(offered),
  }
  const server = new WebSocketServer(options)
  return {
    upgrade(request, socket, head, opened) {
      server.handleUpgrade(request, socket, head, (webSocket) => {
        const version = SUBPROTOCOLS.find((known) => known === webSocket.protocol)
        opened(new WsTransport(webSocket, socket), version)
      })
    },
  }
}

function first(offered: Set<string>): string | false {
  for (const name of offered) return name
  return false
}

/** A connection that sent a message of so many bytes is likely to send more of them. */
const LARGE_MESSAGE_BYTES = 1_024

/** Pings and pongs between two messages. The heartbeat is made of messages (P3.6): a peer that lives sends them. */
const MAX_CONTROL_FRAMES = 128

/** What a peer may still have sent before it learns that it is closed. */
const MAX_BYTES_AFTER_CLOSE = 65_536

class WsTransport implements Transport {
  readonly #webSocket: WebSocket
  readonly #socket: Duplex
  #unmasksFast = false
  /** Pings and pongs since the last message. */
  #controlFrames = 0

  constructor(webSocket: WebSocket, socket: Duplex) {
    this.#webSocket = webSocket
    this.#socket = socket
  }

  get bufferedBytes(): number {
    return unsentBytes(this.#socket, this.#webSocket.bufferedAmount)
  }

  send(message: Message): void {
    if (this.#webSocket.readyState !== this.#webSocket.OPEN) return
    // Without extensions `ws` writes what it sends to this socket in the same call, so frames of our own keep the order.
    if (typeof message === 'string') this.#socket.write(textFrame(message))
    else if (message instanceof PreparedMessage) this.#socket.write(wireOf(message))
    else this.#webSocket.send(message, BINARY)
  }

  close(code: number, reason?: string): void {
    if (code === 1006) return this.#webSocket.terminate()
    this.#webSocket.close(code, truncate(reason ?? ''))
    this.#readFarewell()
  }

  /** Only the peer's close frame is waited for: also where the peer was not read, and no further than it may be behind. */
  #readFarewell(): void {
    let left = MAX_BYTES_AFTER_CLOSE
    this.#webSocket.resume()
    this.#socket.on('data', (chunk: Buffer) => {
      left -= chunk.length
      if (left < 0) this.#webSocket.pause()
    })
  }

  setReading(reading: boolean): void {
    if (reading) this.#webSocket.resume()
    else this.#webSocket.pause()
  }

  attach(events: TransportEvents): void {
    this.#webSocket.on('message', (data: RawData, isBinary: boolean) => {
      this.#controlFrames = 0
      const bytes = toBuffer(data)
      if (bytes.length >= LARGE_MESSAGE_BYTES && !this.#unmasksFast) {
        // Whether it could or not: one try is enough.
        this.#unmasksFast = true
        unmaskFast(this.#webSocket)
      }
      events.onMessage(isBinary ? bytes : bytes.toString())
    })
    // What was wrong with what came, where this socket was closed for it.
    let broken: { readonly code: number; readonly reason: string } | undefined
    // They cost as much as small messages and count in no rate.
    const countControl = (): void => {
      if (++this.#controlFrames <= MAX_CONTROL_FRAMES) return
      broken ??= { code: 1006, reason: `More than ${MAX_CONTROL_FRAMES} pings and pongs came between two messages.` }
      this.#webSocket.terminate()
    }
    this.#webSocket.on('ping', countControl)
    this.#webSocket.on('pong', countControl)
    this.#webSocket.on('close', (code, reason) => {
      if (broken === undefined) events.onClose(code, reason.toString())
      else events.onClose(broken.code, broken.reason)
    })
    // Every error is followed by `close`, which says what there is to say but for what `ws` itself closed.
    this.#webSocket.on('error', (error) => {
      const code = closeCodeOf(error)
      if (code !== undefined) broken ??= { code, reason: error.message }
    })
    this.#socket.on('drain', () => events.onWritable?.())
  }
}

const BINARY = { binary: true } as const

/** The frame of a shared message, made once for all sockets. */
function wireOf(message: PreparedMessage): Buffer {
  if (Buffer.isBuffer(message.wire)) return message.wire
  const frame = textFrame(message.text)
  message.wire = frame
  return frame
}

function toBuffer(data: RawData): Buffer {
  if (Buffer.isBuffer(data)) return data
  return Array.isArray(data) ? Buffer.concat(data) : Buffer.from(data)
}

/** A close reason is at most 123 bytes of UTF-8 (RFC 6455, 5.5). */
function truncate(reason: string): string {
  if (Buffer.byteLength(reason) <= 123) return reason
  let end = 120
  const bytes = Buffer.from(reason)
  // Not in the middle of a character: continuation bytes are 10xxxxxx.
  while (end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1
  return `${bytes.subarray(0, end).toString()}…`
}
