/**
 * A server that speaks frames by hand, in memory and on a virtual clock: each attempt of a client is one transport pair.
 *
 * Not the raw server of the testkit: no socket, so a test owns the time and the order of everything.
 */
import { createTransportPair, createVirtualClock, type TransportPair, type VirtualClock } from '@trunkline/testkit'
import { onTestFinished } from 'vitest'
import type { ClientAndConnection, ClientOptions } from '../src/create-client.js'
import { createClient } from '../src/json.js'

/** One socket, seen from the server. */
export interface FakePeer {
  readonly pair: TransportPair
  /** Frames that came and were not read with `receives` yet. */
  readonly frames: Record<string, unknown>[]
  /** Messages that came, as they came. */
  readonly messages: (string | Uint8Array)[]
  readonly closed: { readonly code: number; readonly reason: string } | undefined
  /** Sends one message: a frame, an array of frames, text or bytes. Then lets everything happen. */
  sends(message: unknown): Promise<void>
  /** Takes all frames that have come. */
  receives(): Promise<Record<string, unknown>[]>
  /** Answers `hello`, which it takes; gives what came behind it. */
  welcomes(change?: object): Promise<Record<string, unknown>[]>
  closes(code: number, reason?: string): Promise<void>
  /** Breaks the socket. */
  drops(): Promise<void>
}

export const LIMITS = { maxMessageBytes: 262_144, maxCalls: 256, maxSubscriptions: 128 }

export interface World<TRouter> extends ClientAndConnection<TRouter> {
  readonly clock: VirtualClock
  /** The sockets that the client has opened, oldest first. */
  readonly peers: FakePeer[]
  /** The newest socket. */
  peer(): FakePeer
  /** Waits for the next attempt, moving the clock to it, and gives its socket. */
  nextPeer(): Promise<FakePeer>
}

/** Creates a client of a fake server. Afterwards nothing may be left: no timer, and no error thrown by a listener. */
export function createWorld<TRouter>(options: Partial<ClientOptions> & { opens?: boolean } = {}): World<TRouter> {
  const clock = createVirtualClock()
  const peers: FakePeer[] = []
  const { opens = true, ...clientOptions } = options
  const client = createClient<TRouter>({
    url: 'memory:',
    clock,
    random: () => 0.5,
    transport: () => {
      const pair = createTransportPair({ opens })
      peers.push(createPeer(pair, clock))
      return pair.client
    },
    ...clientOptions,
  })
  onTestFinished(async () => {
    client.connection.close()
    await clock.settle()
    if (clock.pending().length > 0) throw new Error('A timer is left after close().')
  })
  const peer = (): FakePeer => {
    const newest = peers.at(-1)
    if (newest === undefined) throw new Error('The client has not opened a socket.')
    return newest
  }
  return {
    ...client,
    clock,
    peers,
    peer,
    nextPeer: async () => {
      const before = peers.length
      await clock.settle()
      for (let turn = 0; peers.length === before && turn < 100; turn++) await clock.advance(250)
      if (peers.length === before) throw new Error('The client made no other attempt.')
      await clock.settle()
      return peer()
    },
  }
}

function createPeer(pair: TransportPair, clock: VirtualClock): FakePeer {
  const frames: Record<string, unknown>[] = []
  const messages: (string | Uint8Array)[] = []
  let closed: FakePeer['closed']
  let session: unknown
  pair.server.attach({
    onMessage: (message) => {
      messages.push(message)
      if (typeof message !== 'string') return
      const parsed: unknown = JSON.parse(message)
      for (const frame of Array.isArray(parsed) ? parsed : [parsed]) {
        // What a client sends is checked by the tests that read it.
        frames.push(frame as Record<string, unknown>)
        if ('hello' in (frame as object)) session = (frame as { session: unknown }).session
      }
    },
    onClose: (code, reason) => {
      closed = { code, reason }
    },
  })
  const peer: FakePeer = {
    pair,
    frames,
    messages,
    get closed() {
      return closed
    },
    sends: async (message) => {
      pair.server.send(typeof message === 'string' || message instanceof Uint8Array ? message : JSON.stringify(message))
      await clock.settle()
    },
    receives: async () => {
      await clock.settle()
      return frames.splice(0)
    },
    welcomes: async (change = {}) => {
      await clock.settle()
      const rest = frames.splice(0).slice(1)
      await peer.sends({
        welcome: session,
        resumed: false,
        received: 0,
        keys: 'k1',
        heartbeat: { intervalMs: 15_000, timeoutMs: 10_000 },
        resumeMs: 10_000,
        limits: LIMITS,
        ...change,
      })
      return rest
    },
    closes: async (code, reason) => {
      pair.server.close(code, reason)
      await clock.settle()
    },
    drops: async () => {
      pair.drop()
      await clock.settle()
    },
  }
  return peer
}

/** A promise whose rejection is looked at later. */
export function held<TPromise extends Promise<unknown>>(promise: TPromise): TPromise {
  promise.catch(() => {})
  return promise
}

/** How a promise stands: `pending`, its value, or its error. */
export async function stateOf(promise: Promise<unknown>): Promise<unknown> {
  const pending = Symbol('pending')
  const settled = await Promise.race([promise, new Promise((resolve) => setImmediate(() => resolve(pending)))]).catch(
    (error: unknown) => error,
  )
  return settled === pending ? 'pending' : settled
}
