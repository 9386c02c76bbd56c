/**
 * Everything of one schedule: a store, nodes, clients, and the network between them, on one virtual clock.
 *
 * Not the schedule. Rule: whatever is random comes from one stream, so that a seed is a run.
 */
import type { Position, Publish } from '@trunkline/core'
import { topicKey } from '@trunkline/core/protocol'
import { createPublisher, type Publisher } from '@trunkline/server'
import {
  createTransportPair,
  createVirtualClock,
  type Random,
  type TransportPair,
  type VirtualClock,
} from '@trunkline/testkit'
import type { Sabotage } from './sabotage.js'
import { createSimApi, type Pad, type RoomKind, type SimApi } from './sim-api.js'
import { SimBroker } from './sim-broker.js'
import { SimClient } from './sim-client.js'
import { SimNode } from './sim-node.js'
import { SimStore } from './sim-store.js'
import { type SimProcess, SimWork } from './sim-work.js'

/** Until an app publishes again what failed, in milliseconds. */
const RETRY_MS = 300
/** How long after its first try: ids are remembered for two minutes, and a machine that slept may wake later. */
const MAX_RETRY_MS = 30_000
/** Acts within callbacks of one schedule. */
const MAX_ACTS = 200

/** A publish that was confirmed. */
export interface Confirmed {
  readonly room: string
  readonly id: string
  readonly position: Position | undefined
}

/** How large a world is. */
export interface WorldConfig {
  readonly nodes: number
  readonly clients: number
  /** How what is published in each room is delivered. */
  readonly rooms: readonly RoomKind[]
  readonly retainEvents: number
  readonly retainAgeMs: number
  readonly latencyMs: number
  readonly highWaterBytes: number
  /** How many calls of a session may run at once. */
  readonly maxCalls: number
  /** Whether the clock of a machine stands still while it sleeps. */
  readonly clockStopsInSleep: boolean
  /** Of tables, and where there is one node of waves. */
  readonly throttlePerSecond: number | undefined
  /** The second client is another tab of the first one's person. */
  readonly hasTwoTabs: boolean
  /** How often an app does something within a callback: 0 to 1. */
  readonly acts: number
}

export class World {
  readonly clock: VirtualClock
  readonly random: Random
  readonly sabotage: Sabotage
  readonly rooms: readonly string[]
  readonly store: SimStore
  readonly nodes: readonly SimNode[]
  readonly clients: readonly SimClient[]
  readonly confirmed: Confirmed[] = []
  readonly counts: Map<string, number> = new Map()
  /** What was left behind by what was closed. */
  readonly leaks: string[] = []
  readonly work: SimWork = new SimWork()
  readonly #api: SimApi
  readonly #config: WorldConfig
  readonly #startMs: number
  readonly #trace: ((line: string) => void) | undefined
  /** Who may not do anything in a room, as `identity in room`. */
  readonly #expelled = new Set<string>()
  /** Who is at the other end of a socket. */
  readonly #processes = new WeakMap<TransportPair, SimProcess>()
  /** What an app stored before it published it, by room. */
  readonly #stored = new Map<string, string[]>()
  readonly #outside: { readonly broker: SimBroker; readonly publisher: Publisher }
  isClosing = false
  /** What is to be judged is left alone. */
  isHealed = false
  /** Publishes that are neither confirmed nor refused. */
  unsettled = 0
  #published = 0
  #acted = 0

  constructor(config: WorldConfig, random: Random, sabotage: Sabotage, trace?: (line: string) => void) {
    this.#config = config
    this.random = random
    this.sabotage = sabotage
    this.#trace = trace
    this.clock = createVirtualClock()
    this.#startMs = this.clock.now()
    this.rooms = config.rooms.map((kind, index) => `${kind}-${index}`)
    this.#api = createSimApi({
      retain: { events: config.retainEvents, ageMs: config.retainAgeMs },
      throttle: config.throttlePerSecond === undefined ? undefined : { perSecond: config.throttlePerSecond },
      wavesAreThrottled: config.nodes === 1,
      readList: (room) => this.#readList(room),
      admits: (identity, room) => this.#admits(identity, room),
      work: this.work,
      now: () => this.clock.now(),
      pause: () => this.#pause(0.1),
      wait: (ms, signal) => this.#wait(ms, signal),
      tell: (publish, room, id) => this.#tell(publish, room, id),
    })
    this.store = new SimStore(this.clock, random)
    sabotage.spoilStore?.(this.store)
    const spoilBroker = (broker: SimBroker): void => sabotage.spoilBroker?.(broker)
    const onLeak = (what: string): void => void this.leaks.push(what)
    const { highWaterBytes, maxCalls } = config
    const limits = { highWaterBytes, maxCalls }
    this.nodes = Array.from(
      { length: config.nodes },
      (_, index) => new SimNode(`node-${index}`, this.#api, this.store, this.clock, limits, spoilBroker, onLeak),
    )
    const broker = new SimBroker(this.store)
    this.#outside = { broker, publisher: createPublisher({ router: this.#api.router, broker, clock: this.clock }) }
    this.clients = Array.from({ length: config.clients }, (_, index) => {
      const identity = `person-${config.hasTwoTabs && index === 1 ? 0 : index}`
      return new SimClient(`client-${index}`, identity, this)
    })
  }

  /** Links of all nodes that live, and of the process that serves nobody. */
  get brokers(): SimBroker[] {
    return [...this.nodes.map(({ broker }) => broker), this.#outside.broker]
  }

  /** Whether an app does something within the callback that it is in. */
  actsInCallback(where: string): boolean {
    const { acts } = this.#config
    // Of waves nothing is kept: one that is published again over another connection may come twice, or late.
    if (acts === 0 || this.isHealed || this.#config.rooms.includes('wave')) return false
    // Gaps are rare, and what is done within one comes between two places of a consumer.
    if (!this.random.chance(where === 'onGap' ? 5 * acts : acts)) return false
    // Who subscribes within a callback calls those of all others back, who subscribe …
    this.#acted += 1
    return this.#acted <= MAX_ACTS
  }

  kindOf(room: string): RoomKind {
    return this.#config.rooms[this.rooms.indexOf(room)] ?? 'log'
  }

  topicOf(room: string): string {
    return topicKey(this.kindOf(room), { room })
  }

  topOf(room: string): Position | undefined {
    return this.store.topOf(this.topicOf(room))
  }

  /** A socket to one of the nodes that listen; one that is refused when none does. */
  connect(): TransportPair {
    const { latencyMs } = this.#config
    for (const node of this.random.shuffle(this.nodes)) {
      const pair = node.connect(latencyMs)
      if (pair === undefined) continue
      this.#processes.set(pair, node.process)
      return pair
    }
    const refused = createTransportPair({ clock: this.clock, opens: false })
    this.clock.schedule(() => refused.drop(), latencyMs)
    return refused
  }

  /** Who is at the other end of a socket; nobody, where it was refused. */
  processOf(pair: TransportPair): SimProcess | undefined {
    return this.#processes.get(pair)
  }

  get clockStopsInSleep(): boolean {
    return this.#config.clockStopsInSleep
  }

  /** Says who may be in a room from now on; every node asks again. */
  admit(identity: string, room: string, isAdmitted: boolean): void {
    const name = `${identity} in ${room}`
    if (isAdmitted) this.#expelled.delete(name)
    else this.#expelled.add(name)
    for (const { server } of this.nodes) void server?.reauthorize(identity)
  }

  /** Publishes from a node, or from a process that serves nobody; ephemeral ones on a log, or where nothing is kept. */
  publish(
    room: string,
    node: SimNode | undefined,
    size: number,
    marked: { wave?: boolean; bytes?: boolean } = {},
  ): void {
    const kind = this.kindOf(room)
    const isEphemeral = kind === 'wave' || marked.wave === true
    const id = `${isEphemeral ? 'wave' : 'e'}${++this.#published}`
    const publisher = node === undefined ? this.#outside.publisher : node.server
    if (publisher === undefined) return
    // Stored first, published then: so a state holds every effect up to its position.
    if (kind === 'list') this.#stored.set(room, [...(this.#stored.get(room) ?? []), id])
    const event = { id, pad: padding(size, marked.bytes), key: this.#drawKey() }
    const options = isEphemeral ? { ephemeral: true } : { id }
    const publish = (): Promise<Position | undefined> => publisher.publish(this.#api[kind], { room }, event, options)
    if (isEphemeral) publish().catch(() => {})
    else this.#follow(room, id, publish)
  }

  publishFrom(client: SimClient, room: string, size: number, hasBytes = false): void {
    const { id, publish } = client.publisher(room, padding(size, hasBytes), this.#drawKey())
    if (this.kindOf(room) === 'wave') publish().catch(() => {})
    else this.#follow(room, id, publish)
  }

  #drawKey(): string {
    return `key-${this.random.int(1, 4)}`
  }

  /** An app's store, which may take its time before and after it read. */
  async #readList(room: string): Promise<readonly string[]> {
    await this.#pause(0.4)
    const ids = this.#stored.get(room) ?? []
    await this.#pause(0.4)
    return this.sabotage.spoilList?.(ids) ?? ids
  }

  async #admits(identity: string, room: string): Promise<boolean> {
    await this.#pause(0.1)
    const isAdmitted = !this.#expelled.has(`${identity} in ${room}`)
    await this.#pause(0.1)
    return isAdmitted
  }

  async #pause(chance: number): Promise<void> {
    if (!this.random.chance(chance)) return
    await new Promise<void>((resolve) => this.clock.schedule(resolve, this.random.int(0, 300)))
  }

  #wait(ms: number, signal: AbortSignal | undefined): Promise<void> {
    if (ms === 0) return Promise.resolve()
    return new Promise((resolve, reject) => {
      const cancel = ms === Number.POSITIVE_INFINITY ? () => {} : this.clock.schedule(done, ms)
      const stop = (): void => {
        cancel()
        reject(signal?.reason)
      }
      function done(): void {
        signal?.removeEventListener('abort', stop)
        resolve()
      }
      if (signal?.aborted) stop()
      else signal?.addEventListener('abort', stop)
    })
  }

  /** Publishes for a handler: what it is told to be accepted must be in the history. */
  async #tell(publish: Publish, room: string, id: string): Promise<void> {
    const position = await publish(this.#api.log, { room }, { id, pad: '', key: 'key-1' })
    this.confirmed.push({ room, id, position })
  }

  note(line: string): void {
    this.#trace?.(`${String(this.clock.now() - this.#startMs).padStart(6)} ${line}`)
  }

  get isTraced(): boolean {
    return this.#trace !== undefined
  }

  count(name: string): void {
    this.counts.set(name, (this.counts.get(name) ?? 0) + 1)
  }

  async close(): Promise<void> {
    this.isClosing = true
    for (const client of this.clients) client.connection.close()
    await Promise.all(this.nodes.map((node) => node.stop()))
    await this.store.close()
  }

  /** What fails may have been accepted: an app that wants it to be there for sure publishes it again under its id. */
  #follow(room: string, id: string, publish: () => Promise<Position | undefined>): void {
    const isRepeated = this.random.chance(0.5)
    this.unsettled += 1
    const beganAt = this.clock.now()
    publish()
      .catch((error: unknown) => {
        if (!isRepeated || this.isClosing || this.clock.now() - beganAt > MAX_RETRY_MS) throw error
        this.note(`${id} failed, and is published again: ${String(error)}`)
        this.count('published again')
        return new Promise<void>((resolve) => this.clock.schedule(resolve, RETRY_MS)).then(publish)
      })
      .finally(() => {
        this.unsettled -= 1
      })
      .then(
        (position) => {
          this.note(`${id} is confirmed at ${position?.offset}`)
          this.confirmed.push({ room, id, position })
        },
        (error: unknown) => {
          this.note(`${id} failed: ${String(error)}`)
          this.count('publish failed')
        },
      )
  }
}

function padding(size: number, hasBytes = false): Pad {
  return hasBytes ? new Uint8Array(size + 1).fill(120) : 'x'.repeat(size)
}
