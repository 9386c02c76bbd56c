/**
 * Two transports joined in memory, with the faults of a network at hand.
 *
 * Not a socket: there is no handshake and there are no fragments, so a cut falls between two messages. The fault
 * proxy cuts inside one.
 * Rule: messages of one direction arrive in the order they were sent, never within the turn of the `send`.
 */
import type { Clock, Transport } from '@trunkline/core'
import { BOTH_DIRECTIONS, type Direction } from './direction.js'
import { MemoryTransport, type Sent } from './memory-transport.js'

/** Options of `createTransportPair`. */
export interface TransportPairOptions {
  /** Carries the messages, `latencyMs` each. Without it they are carried by microtasks. */
  clock?: Clock
  /** Time a message is on its way when there is a clock, in milliseconds. Default 0. */
  latencyMs?: number
  /** Microtask turns a message is on its way when there is no clock. Default 1. */
  latencyTurns?: number
  /** False leaves the client connecting until `open()`. Default true: it opens once both ends are attached. */
  opens?: boolean
}

/** Two joined transports and the network between them. */
export interface TransportPair {
  readonly client: Transport
  readonly server: Transport
  /** Everything that was sent, in order, and whether it has arrived. */
  readonly transcript: readonly Sent[]
  /** Payload bytes handed to the network so far, per direction. */
  readonly sentBytes: Readonly<Record<Direction, number>>
  /** Opens a pair that was made with `opens: false`. */
  open(): void
  /** Breaks the socket now: both ends are told 1006 and what was on its way is lost. */
  drop(): void
  /** The network swallows everything from now on and tells nobody: each end looks open to itself. */
  halfOpen(): void
  /** Stops taking messages, so that they stay in the sender's `bufferedBytes`. */
  stall(direction?: Direction): void
  /** Ends a stall: what was held leaves in order, then the sender hears `onWritable`. */
  resume(direction?: Direction): void
  /** Adds `bytes` to what the sender of this direction sees as buffered; 0 ends it and `onWritable` follows. */
  pretendBuffered(bytes: number, direction: Direction): void
  /** Drops the pair right after `messages` more have arrived in this direction; 0 drops it now. */
  cutAfterMessages(messages: number, direction: Direction): void
}

/** Creates two transports: what one sends the other receives. */
export function createTransportPair(options: TransportPairOptions = {}): TransportPair {
  const carry = createCarrier(options)
  const transcript: Sent[] = []
  let openRequested = options.opens ?? true

  const client = new MemoryTransport('toServer', carry, transcript, () => openWhenAttached())
  const server = new MemoryTransport('toClient', carry, transcript, () => openWhenAttached())
  client.peer = server
  server.peer = client

  function openWhenAttached(): void {
    if (!openRequested || !client.attached || !server.attached) return
    // The server's end is a socket that was accepted; the client hears of that one way later.
    server.open({ announce: false })
    carry(() => client.open({ announce: true }))
  }

  const senders = (direction?: Direction): MemoryTransport[] =>
    (direction === undefined ? BOTH_DIRECTIONS : [direction]).map((each) => (each === 'toServer' ? client : server))

  function drop(): void {
    client.lose()
    server.lose()
  }

  return {
    client,
    server,
    transcript,
    sentBytes: {
      get toServer() {
        return client.sentBytes
      },
      get toClient() {
        return server.sentBytes
      },
    },
    open: () => {
      openRequested = true
      openWhenAttached()
    },
    drop,
    halfOpen: () => {
      client.swallow()
      server.swallow()
    },
    stall: (direction) => {
      for (const sender of senders(direction)) sender.setStalled(true)
    },
    resume: (direction) => {
      for (const sender of senders(direction)) sender.setStalled(false)
    },
    pretendBuffered: (bytes, direction) => {
      for (const sender of senders(direction)) sender.pretendBuffered(bytes)
    },
    cutAfterMessages: (messages, direction) => {
      if (messages <= 0) drop()
      else for (const sender of senders(direction)) sender.cutAfter(messages, drop)
    },
  }
}

/** How something gets to the other side: later, and in order. */
function createCarrier(options: TransportPairOptions): (deliver: () => void) => void {
  const { clock, latencyMs = 0, latencyTurns = 1 } = options
  if (clock !== undefined) return (deliver) => void clock.schedule(deliver, latencyMs)
  const afterTurns = (turns: number, deliver: () => void): void => {
    queueMicrotask(turns <= 1 ? deliver : () => afterTurns(turns - 1, deliver))
  }
  return (deliver) => afterTurns(latencyTurns, deliver)
}
