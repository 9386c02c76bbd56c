/**
 * WebSocket sockets of the `ws` package as transports.
 *
 * Not a connection: it translates events and knows no frame. Rule: the only file of the server that imports `ws`.
 */
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { type Message, PreparedMessage, type Transport, type TransportEvents } from '@trunkline/core'
import { SUBPROTOCOLS } from '@trunkline/core/protocol'
import { type RawData, type ServerOptions, WebSocket, WebSocketServer } from 'ws'
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
  const options: ServerOptions<typeof EventSocket> & { readonly closeTimeout: number } = {
    WebSocket: EventSocket,
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

/**
 * A socket of `ws` that hands its events to one receiver: a listener for each of them is 0.4 kB of memory on a socket that
 * does nothing.
 */
class EventSocket extends WebSocket {
  receiver: WsTransport | undefined = undefined

  override emit(event: string | symbol, ...values: unknown[]): boolean {
    const { receiver } = this
    if (receiver === undefined) return super.emit(event, ...values)
    // `ws` gives the values that its types say for these events.
    if (event === 'message') receiver.onMessage(values[0] as RawData, values[1] as boolean)
    else if (event === 'ping' || event === 'pong') receiver.onControl()
    else if (event === 'close') receiver.onClose(values[0] as number, values[1] as Buffer)
    else if (event === 'error') receiver.onError(values[0] as Error)
    else return super.emit(event, ...values)
    return true
  }
}

class WsTransport implements Transport {
  readonly #webSocket: EventSocket
  readonly #socket: Duplex
  #events: TransportEvents | undefined
  #unmasksFast = false
  #hearsDrain = false
  /** Pings and pongs since the last message. */
  #controlFrames = 0
  /** What was wrong with what came, where this socket was closed for it. */
  #broken: { readonly code: number; readonly reason: string } | undefined

  constructor(webSocket: EventSocket, socket: Duplex) {
    this.#webSocket = webSocket
    this.#socket = socket
    this.#events = undefined
    this.#broken = undefined
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
    if (this.#socket.writableNeedDrain && !this.#hearsDrain) this.#hearDrain()
  }

  /** Only from when it matters: most sockets are never full. */
  #hearDrain(): void {
    this.#hearsDrain = true
    this.#socket.on('drain', () => this.#events?.onWritable?.())
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
    this.#events = events
    this.#webSocket.receiver = this
  }

  onMessage(data: RawData, isBinary: boolean): void {
    this.#controlFrames = 0
    const bytes = toBuffer(data)
    if (bytes.length >= LARGE_MESSAGE_BYTES && !this.#unmasksFast) {
      // Whether it could or not: one try is enough.
      this.#unmasksFast = true
      unmaskFast(this.#webSocket)
    }
    this.#events?.onMessage(isBinary ? bytes : bytes.toString())
  }

  /** They cost as much as small messages and count in no rate. */
  onControl(): void {
    if (++this.#controlFrames <= MAX_CONTROL_FRAMES) return
    this.#broken ??= {
      code: 1006,
      reason: `More than ${MAX_CONTROL_FRAMES} pings and pongs came between two messages.`,
    }
    this.#webSocket.terminate()
  }

  /** Every error is followed by `close`, which says what there is to say but for what `ws` itself closed. */
  onError(error: Error): void {
    const code = closeCodeOf(error)
    if (code !== undefined) this.#broken ??= { code, reason: error.message }
  }

  onClose(code: number, reason: Buffer): void {
    if (this.#broken === undefined) this.#events?.onClose(code, reason.toString())
    else this.#events?.onClose(this.#broken.code, this.#broken.reason)
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
