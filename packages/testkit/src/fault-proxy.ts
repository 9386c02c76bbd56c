/**
 * A TCP proxy on the loopback that breaks connections the way networks do.
 *
 * Not aware of WebSocket: it sees bytes, so a cut can fall inside a message and a stall leaves both sockets open.
 * Rule: it forwards with backpressure and never holds more than about 1 MiB for a socket and direction.
 */
import { type AddressInfo, createServer, type Server } from 'node:net'
import { BOTH_DIRECTIONS, type Direction } from './direction.js'
import { FaultLink } from './fault-link.js'
import type { FaultPipe, PipeRules } from './fault-pipe.js'
import { createRandom } from './random.js'

/** Options of `createFaultProxy`. */
export interface FaultProxyOptions {
  /** Where connections go. */
  targetPort: number
  /** Default `127.0.0.1`. */
  targetHost?: string
  /** Seed of `fragment` and `cutAtRandom`. Default 1. */
  seed?: number
}

/**
 * How a connection ends: `reset` true is an RST (a crash), false a FIN (a polite end).
 *
 * Node reports an RST that it reads together with the last bytes as a plain end (libuv takes the hang-up first), so a
 * receiver may see `end` where a quieter one sees `ECONNRESET`. Both are 1006 to a WebSocket.
 */
export interface CutOptions {
  /** Default true. */
  reset?: boolean
}

/** A running proxy. A fault that names no direction applies to both; all apply to open and to later connections. */
export interface FaultProxy {
  /** `ws://127.0.0.1:<port>`. */
  readonly url: string
  readonly port: number
  /** Connections that are open now. */
  readonly connections: number
  /** Connections that were ever accepted. */
  readonly accepted: number
  /** Bytes forwarded so far, handshakes included. */
  readonly forwardedBytes: Readonly<Record<Direction, number>>
  /** Ends all connections now. */
  cutAll(options?: CutOptions): void
  /** Ends the connection that carries the `bytes`-th byte from now in this direction, right after that byte. */
  cutAfterBytes(bytes: number, direction: Direction, options?: CutOptions): void
  /** Cuts after a random number of bytes, 1 to `maxBytes`, in a random direction. */
  cutAtRandom(maxBytes: number, options?: CutOptions): void
  /** Reads nothing any more: bytes, FIN and RST stay in the kernel, and each side looks open to the other. */
  stall(direction?: Direction): void
  /** Ends a stall. */
  resume(direction?: Direction): void
  /** Holds every byte for `delayMs`; 0 ends it. */
  delay(delayMs: number, direction?: Direction): void
  /** Lets at most so many bytes pass in a second, per connection; Infinity ends it. */
  throttle(bytesPerSecond: number, direction?: Direction): void
  /** Writes in pieces of random size, 1 to `maxPieceBytes`, as TCP may; Infinity ends it. */
  fragment(maxPieceBytes: number, direction?: Direction): void
  /** True resets every new connection at once. */
  refuse(refusing: boolean): void
  /** True accepts and swallows. A connection that lost bytes this way stays silent for good. */
  blackhole(swallowing: boolean): void
  /** Sends later connections to another port, as when a server comes back elsewhere. */
  retarget(targetPort: number): void
  /** Ends everything and frees the port. */
  close(): Promise<void>
}

/** Starts a proxy on a free port of 127.0.0.1; resolves when it listens. */
export async function createFaultProxy(options: FaultProxyOptions): Promise<FaultProxy> {
  const random = createRandom(options.seed ?? 1)
  const host = options.targetHost ?? '127.0.0.1'
  const links = new Set<FaultLink>()
  const rules = { toServer: createRules(), toClient: createRules() }
  let targetPort = options.targetPort
  let accepted = 0
  let refusing = false
  let swallowing = false

  // allowHalfOpen: a FIN is passed on by the pipe, after the bytes before it, and ends one direction only.
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
    if (refusing) {
      // The listener stays: closing it would free the port, and another process could take it.
      client.on('error', () => {})
      client.resetAndDestroy()
      return
    }
    accepted++
    const link = new FaultLink(client, swallowing ? undefined : { host, port: targetPort }, rules)
    links.add(link)
    for (const socket of link.sockets) {
      socket.once('close', () => {
        if (link.sockets.every((each) => each.destroyed)) links.delete(link)
      })
    }
  })
  await listen(server)
  // A listening TCP server has an address with a port.
  const { port } = server.address() as AddressInfo

  /** Changes the rules of the directions that are meant, then lets every connection go by them. */
  function change(direction: Direction | undefined, changes: Partial<PipeRules>): void {
    for (const each of direction === undefined ? BOTH_DIRECTIONS : [direction]) Object.assign(rules[each], changes)
    for (const link of links) link.update()
  }

  function cutAfterBytes(bytes: number, direction: Direction, { reset = true }: CutOptions = {}): void {
    if (!(bytes >= 1)) throw new RangeError('A cut falls after at least one byte.')
    rules[direction].bytesUntilCut = bytes
    rules[direction].onCut = (pipe: FaultPipe) => {
      for (const link of links) if (link.has(pipe)) link.cut(reset)
    }
  }

  return {
    url: `ws://127.0.0.1:${port}`,
    port,
    get connections() {
      return [...links].filter((link) => link.live).length
    },
    get accepted() {
      return accepted
    },
    forwardedBytes: {
      get toServer() {
        return rules.toServer.forwardedBytes
      },
      get toClient() {
        return rules.toClient.forwardedBytes
      },
    },
    cutAll: ({ reset = true } = {}) => {
      for (const link of links) link.cut(reset)
    },
    cutAfterBytes,
    cutAtRandom: (maxBytes, cut) => cutAfterBytes(random.int(1, maxBytes), random.pick(BOTH_DIRECTIONS), cut),
    stall: (direction) => change(direction, { stalled: true }),
    resume: (direction) => change(direction, { stalled: false }),
    delay: (delayMs, direction) => change(direction, { delayMs }),
    throttle: (bytesPerSecond, direction) => {
      if (!(bytesPerSecond > 0)) throw new RangeError('A throttle lets some bytes pass; stall() lets none.')
      change(direction, { bytesPerSecond })
    },
    fragment: (maxPieceBytes, direction) => {
      const endless = maxPieceBytes === Number.POSITIVE_INFINITY
      const nextPieceBytes = (): number => (endless ? maxPieceBytes : random.int(1, maxPieceBytes))
      change(direction, { nextPieceBytes })
    },
    refuse: (next) => {
      refusing = next
    },
    blackhole: (next) => {
      swallowing = next
      if (swallowing) for (const link of links) link.swallow()
    },
    retarget: (next) => {
      targetPort = next
    },
    close: () => {
      for (const link of links) link.destroy()
      return new Promise<void>((resolve) => server.close(() => resolve()))
    },
  }
}

function createRules(): PipeRules {
  return {
    stalled: false,
    delayMs: 0,
    bytesPerSecond: Number.POSITIVE_INFINITY,
    nextPieceBytes: () => Number.POSITIVE_INFINITY,
    bytesUntilCut: Number.POSITIVE_INFINITY,
    onCut: () => {},
    forwardedBytes: 0,
  }
}

function listen(server: Server): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => resolve())
  })
}
