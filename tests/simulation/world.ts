/**
 * Everything of one schedule: a store, nodes, clients, and the network between them, on one virtual clock.
 *
 * Not the schedule. Rule: whatever is random comes from one stream, so that a seed is a run.
 */
import type { Position } from '@trunkline/core'
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
import { createSimApi, type RoomKind, type SimApi } from './sim-api.js'
import { SimBroker } from './sim-broker.js'
import { SimClient } from './sim-client.js'
import { SimNode } from './sim-node.js'
import { SimStore } from './sim-store.js'

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
  readonly #api: SimApi
  readonly #config: WorldConfig
  readonly #startMs: number
  readonly #trace: ((line: string) => void) | undefined
  /** What an app stored before it published it, by room. */
  readonly #stored = new Map<string, string[]>()
  readonly #outside: { readonly broker: SimBroker; readonly publisher: Publisher }
  isClosing = false
  /** Publishes that are neither confirmed nor refused. */
  unsettled = 0
  #published = 0

  constructor(config: WorldConfig, random: Random, sabotage: Sabotage, trace?: (line: string) => void) {
    this.#config = config
    this.random = random
    this.sabotage = sabotage
    this.#trace = trace
    this.clock = createVirtualClock()
    this.#startMs = this.clock.now()
    this.rooms = config.rooms.map((kind, index) => `${kind}-${index}`)
    this.#api = createSimApi({ events: config.retainEvents, ageMs: config.retainAgeMs }, (room) => this.#readList(room))
    this.store = new SimStore(this.clock, random)
    sabotage.spoilStore?.(this.store)
    const spoilBroker = (broker: SimBroker): void => sabotage.spoilBroker?.(broker)
    this.nodes = Array.from(
      { length: config.nodes },
      (_, index) => new SimNode(`node-${index}`, this.#api, this.store, this.clock, config.highWaterBytes, spoilBroker),
    )
    const broker = new SimBroker(this.store)
    this.#outside = { broker, publisher: createPublisher({ router: this.#api.router, broker, clock: this.clock }) }
    this.clients = Array.from({ length: config.clients }, (_, index) => new SimClient(`client-${index}`, this))
  }

  /** Links of all nodes that live, and of the process that serves nobody. */
  get brokers(): SimBroker[] {
    return [...this.nodes.map(({ broker }) => broker), this.#outside.broker]
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
      if (pair !== undefined) return pair
    }
    const refused = createTransportPair({ clock: this.clock, opens: false })
    this.clock.schedule(() => refused.drop(), latencyMs)
    return refused
  }

  /** Publishes from a node, or from a process that serves nobody; ephemeral ones only on a log. */
  publish(room: string, node: SimNode | undefined, size: number, isEphemeral = false): void {
    const kind = this.kindOf(room)
    const id = `${isEphemeral ? 'wave' : 'e'}${++this.#published}`
    const publisher = node === undefined ? this.#outside.publisher : node.server
    if (publisher === undefined) return
    // Stored first, published then: so a state holds every effect up to its position.
    if (kind === 'list') this.#stored.set(room, [...(this.#stored.get(room) ?? []), id])
    const event = { id, pad: 'x'.repeat(size), key: this.#drawKey() }
    const options = isEphemeral ? { ephemeral: true } : { id }
    const published = publisher.publish(this.#api[kind], { room }, event, options)
    if (isEphemeral) published.catch(() => {})
    else this.#follow(room, id, published)
  }

  publishFrom(client: SimClient, room: string, size: number): void {
    const { id, published } = client.publish(room, 'x'.repeat(size), this.#drawKey())
    this.#follow(room, id, published)
  }

  #drawKey(): string {
    return `key-${this.random.int(1, 4)}`
  }

  /** An app's store, which may take its time before and after it read. */
  async #readList(room: string): Promise<readonly string[]> {
    const pause = async (): Promise<void> => {
      if (!this.random.chance(0.4)) return
      await new Promise<void>((resolve) => this.clock.schedule(resolve, this.random.int(0, 300)))
    }
    await pause()
    const ids = this.#stored.get(room) ?? []
    await pause()
    return this.sabotage.spoilList?.(ids) ?? ids
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

  #follow(room: string, id: string, published: Promise<Position | undefined>): void {
    this.unsettled += 1
    published
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
