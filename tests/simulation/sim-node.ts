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

/** Short, so that a schedule does not need minutes to notice a dead peer. */
const RHYTHM = {
  heartbeat: { intervalMs: 4_000, timeoutMs: 4_000 },
  resumeMs: 4_000,
  authTimeoutMs: 4_000,
  presence: { graceMs: 3_000 },
}

/** Within this the slowest link answers what it was asked. */
const MAX_ANSWER_MS = 3_000

export class SimNode {
  readonly name: string
  broker: SimBroker
  server: Server | undefined
  readonly #api: SimApi
  readonly #store: SimStore
  readonly #clock: VirtualClock
  readonly #highWaterBytes: number
  readonly #onBroker: (broker: SimBroker) => void
  readonly #onLeak: (what: string) => void
  #pairs = new Set<TransportPair>()
  #stopped: Promise<unknown> = Promise.resolve()

  constructor(
    name: string,
    api: SimApi,
    store: SimStore,
    clock: VirtualClock,
    highWaterBytes: number,
    onBroker: (broker: SimBroker) => void,
    onLeak: (what: string) => void,
  ) {
    this.name = name
    this.#api = api
    this.#store = store
    this.#clock = clock
    this.#highWaterBytes = highWaterBytes
    this.#onBroker = onBroker
    this.#onLeak = onLeak
    this.broker = this.start()
  }

  start(): SimBroker {
    if (this.server !== undefined) return this.broker
    this.broker = new SimBroker(this.#store)
    this.#onBroker(this.broker)
    this.server = createServer({
      router: this.#api.router,
      broker: this.broker,
      clock: this.#clock,
      authenticate: ({ token }) => ({ identity: token ?? 'nobody' }),
      context: ({ identity }) => ({ identity }),
      limits: { highWaterBytes: this.#highWaterBytes },
      ...RHYTHM,
    })
    // A server that nobody listens to says on the console what went wrong, which here is on purpose.
    this.server.on('broker-failed', () => {})
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

  /** Ends at once, as with SIGKILL. */
  kill(): void {
    this.broker.cut()
    for (const pair of this.#pairs) pair.drop()
    void this.stop()
  }

  /** Ends politely, as in a deploy. Resolves when every server that this node has been is closed. */
  stop(): Promise<void> {
    const { server, broker } = this
    this.server = undefined
    this.#pairs = new Set()
    if (server !== undefined) this.#stopped = Promise.all([this.#stopped, this.#close(server, broker)])
    return this.#stopped.then(() => {})
  }

  async #close(server: Server, broker: SimBroker): Promise<void> {
    await server.close()
    // What it asked before comes back on a slow link.
    await new Promise<void>((resolve) => this.#clock.schedule(resolve, MAX_ANSWER_MS))
    if (broker.listening > 0) this.#onLeak(`${broker.listening} listeners at the broker of ${this.name}`)
    broker.cut()
  }
}
