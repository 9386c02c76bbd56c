/**
 * A server that can be killed and started again.
 *
 * Rule: what a killed server knew is gone; nothing of it reaches the network or the store any more.
 */
import { acceptTransport, createServer, type Server } from '@trunkline/server'
import { createTransportPair, type TransportPair, type VirtualClock } from '@trunkline/testkit'
import type { SimApi } from './sim-api.js'
import { SimBroker } from './sim-broker.js'
import type { SimStore } from './sim-store.js'
import type { SimProcess } from './sim-work.js'

/** Short, so that a schedule does not need minutes to notice a dead peer. */
const RHYTHM = {
  heartbeat: { intervalMs: 4_000, timeoutMs: 4_000 },
  resumeMs: 4_000,
  authTimeoutMs: 4_000,
  presence: { graceMs: 3_000 },
}

/** What is wrong with who is let in. */
export interface DoorFaults {
  /** No context can be made: a socket is closed before `welcome`. */
  readonly isShut: boolean
  /** How long `authenticate` takes. */
  readonly slowMs: number
}

const OPEN_DOOR: DoorFaults = { isShut: false, slowMs: 0 }

/** Within this the slowest link answers what it was asked. */
const MAX_ANSWER_MS = 3_000

/** How much a node bears. */
export interface NodeLimits {
  readonly highWaterBytes: number
  readonly maxCalls: number
}

export class SimNode {
  readonly name: string
  broker: SimBroker
  server: Server | undefined
  /** What the node is in this life. */
  process: SimProcess = { isDead: true }
  door: DoorFaults = OPEN_DOOR
  readonly #api: SimApi
  readonly #store: SimStore
  readonly #clock: VirtualClock
  readonly #limits: NodeLimits
  readonly #onBroker: (broker: SimBroker) => void
  readonly #onLeak: (what: string) => void
  #pairs = new Set<TransportPair>()
  #stopped: Promise<unknown> = Promise.resolve()

  constructor(
    name: string,
    api: SimApi,
    store: SimStore,
    clock: VirtualClock,
    limits: NodeLimits,
    onBroker: (broker: SimBroker) => void,
    onLeak: (what: string) => void,
  ) {
    this.name = name
    this.#api = api
    this.#store = store
    this.#clock = clock
    this.#limits = limits
    this.#onBroker = onBroker
    this.#onLeak = onLeak
    this.broker = this.start()
  }

  start(): SimBroker {
    if (this.server !== undefined) return this.broker
    this.broker = new SimBroker(this.#store)
    this.#onBroker(this.broker)
    const process = { isDead: false }
    this.process = process
    this.server = createServer({
      router: this.#api.router,
      broker: this.broker,
      clock: this.#clock,
      authenticate: async ({ token }) => {
        const { slowMs } = this.door
        if (slowMs > 0) await new Promise<void>((resolve) => this.#clock.schedule(resolve, slowMs))
        return { identity: token ?? 'nobody' }
      },
      context: ({ identity }) => {
        if (this.door.isShut) throw new Error('nobody is let in')
        return { identity, process }
      },
      limits: this.#limits,
      ...RHYTHM,
    })
    // A server that nobody listens to says on the console what went wrong, which here is on purpose.
    this.server.on('broker-failed', () => {})
    this.server.on('handler-failed', () => {})
    return this.broker
  }

  /** A socket to this node; undefined when nobody listens. */
  connect(latencyMs: number): TransportPair | undefined {
    if (this.server === undefined) return undefined
    const pair = createTransportPair({ clock: this.#clock, latencyMs })
    this.#pairs.add(pair)
    acceptTransport(this.server, pair.server)
    return pair
  }

  /** For a while not everybody is let in, or not at once. */
  spoilDoor(faults: DoorFaults, ms: number): void {
    this.door = faults
    this.#clock.schedule(() => this.openDoor(), ms)
  }

  openDoor(): void {
    this.door = OPEN_DOOR
  }

  /** Ends at once, as with SIGKILL. */
  kill(): void {
    this.process.isDead = true
    this.broker.cut()
    for (const pair of this.#pairs) pair.drop()
    void this.stop()
  }

  /** Ends politely, as in a deploy. Resolves when every server that this node has been is closed. */
  stop(): Promise<void> {
    const { server, broker, process } = this
    this.server = undefined
    this.#pairs = new Set()
    if (server !== undefined) this.#stopped = Promise.all([this.#stopped, this.#close(server, broker, process)])
    return this.#stopped.then(() => {})
  }

  async #close(server: Server, broker: SimBroker, process: SimProcess): Promise<void> {
    await server.close()
    process.isDead = true
    // What it asked before comes back on a slow link.
    await new Promise<void>((resolve) => this.#clock.schedule(resolve, MAX_ANSWER_MS))
    if (broker.listening > 0) this.#onLeak(`${broker.listening} listeners at the broker of ${this.name}`)
    broker.cut()
  }
}
