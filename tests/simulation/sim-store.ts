/**
 * The process that keeps the histories, with the faults of one: it crashes, and it fails over to a replica that lags.
 *
 * Not a node's view of it (sim-broker.ts). It owns the truth: everything that was ever accepted.
 * Rule: whatever cuts its nodes off shows at each of them as `stale`, then `proved`, sooner or later.
 */
import type { Clock, EncodedPayload, Position } from '@trunkline/core'
import {
  createMemoryBroker,
  type MemoryBroker,
  type NewEntry,
  type NewTableEntry,
  type PresenceListener,
  type PresenceStore,
  type Published,
  type Retention,
  type Table,
  type TableLimit,
} from '@trunkline/server'
import type { HistoryEntry, Random, TableChange, TableTruth } from '@trunkline/testkit'
import type { SimBroker } from './sim-broker.js'

/** Longest time until a node notices that it is cut off, in milliseconds. */
const MAX_NOTICE_MS = 500
const ONE = { events: 1, bytes: 1 } as const

/** What was ever accepted of a topic. */
interface TopicPast {
  readonly accepted: HistoryEntry[]
  readonly epochs: string[]
  readonly ephemeral: string[]
  readonly changes: TableChange[]
  top: Position
}

export class SimStore {
  readonly clock: Clock
  readonly random: Random
  readonly nodes: Set<SimBroker> = new Set()
  isDown = false
  /** Takes each publish for a new event, for a negative control. */
  forgetsIds = false
  readonly #topics = new Map<string, TopicPast>()
  #inner: MemoryBroker
  #nonce = 0

  constructor(clock: Clock, random: Random) {
    this.clock = clock
    this.random = random
    this.#inner = createMemoryBroker({ clock })
  }

  /** Where a topic's history ends now, if anybody asked for the topic. */
  topOf(topic: string): Position | undefined {
    return this.#topics.get(topic)?.top
  }

  acceptedOf(topic: string): readonly HistoryEntry[] {
    return this.#topics.get(topic)?.accepted ?? []
  }

  epochsOf(topic: string): readonly string[] {
    return this.#topics.get(topic)?.epochs ?? []
  }

  /** Ids of the ephemeral events, in the order in which they were taken. */
  ephemeralOf(topic: string): readonly string[] {
    return this.#topics.get(topic)?.ephemeral ?? []
  }

  /** What the table of a topic is, and was; while the store is up. */
  async tableOf(topic: string): Promise<TableTruth> {
    const { entries } = await this.readTable(topic)
    return { topic, accepted: this.#topics.get(topic)?.changes ?? [], entries: entries.map(named) }
  }

  /** The broker that holds the history now; throws while it is down. */
  async serve(topic: string): Promise<MemoryBroker> {
    if (this.isDown) throw new Error('the store is down')
    await this.#watch(topic)
    return this.#inner
  }

  /** Who is present, for all topics; throws while the store is down. */
  async servePresence(): Promise<PresenceStore> {
    if (this.isDown) throw new Error('the store is down')
    return this.#inner.presence
  }

  async publish(topic: string, entry: NewEntry, retention: Retention | undefined): Promise<Published> {
    const inner = await this.serve(topic)
    if (!this.forgetsIds) return inner.publish(topic, entry, retention)
    return inner.publish(topic, { ...entry, id: `${entry.id}~${this.#nonce++}` }, retention)
  }

  async set(topic: string, entry: NewTableEntry, limit: TableLimit): Promise<Published | 'full'> {
    return (await this.serve(topic)).latest.set(topic, entry, limit)
  }

  async readTable(topic: string): Promise<Table> {
    return (await this.serve(topic)).latest.read(topic)
  }

  /** Offset of the oldest entry that is kept. */
  async oldestOf(topic: string): Promise<number> {
    const inner = await this.serve(topic)
    return (await inner.read(topic, 'start', ONE)).oldest
  }

  /** Loses everything and comes back after `downMs` with another epoch. */
  crash(downMs: number): void {
    if (this.isDown) return
    this.isDown = true
    void this.#inner.close()
    for (const node of this.nodes) node.lose()
    this.clock.schedule(() => void this.restart(), downMs)
  }

  async restart(): Promise<void> {
    if (!this.isDown) return
    this.#inner = createMemoryBroker({ clock: this.clock })
    this.isDown = false
    for (const topic of this.#topics.keys()) await this.#watch(topic, true)
    for (const node of this.nodes) this.#relinkLater(node)
  }

  /** Fails over to a replica that lacks the newest `count` events of a topic; what is trimmed is on it for sure. */
  async loseTail(topic: string, count: number): Promise<void> {
    const state = this.#topics.get(topic)
    if (state === undefined || this.isDown) return
    const inner = this.#inner
    const { oldest } = await inner.read(topic, 'start', ONE)
    inner['~loseAfter'](topic, Math.max(state.top.offset - count, oldest - 1))
    state.top = (await inner.read(topic, { last: 0 }, ONE)).top
    for (const node of this.nodes) {
      if (this.random.chance(0.5)) node.lose()
      this.#relinkLater(node)
    }
  }

  close(): Promise<void> {
    return this.#inner.close()
  }

  #tellPresence(topic: string, tellOne: (listener: PresenceListener) => void): void {
    for (const node of this.nodes) node.deliverPresence(topic, tellOne)
  }

  #relinkLater(node: SimBroker): void {
    this.clock.schedule(() => node.relink(), this.random.int(0, MAX_NOTICE_MS))
  }

  /** Listens to a topic first of all, so that no entry escapes the truth. */
  async #watch(topic: string, again = false): Promise<void> {
    if (this.#topics.has(topic) && !again) return
    const inner = this.#inner
    const state = this.#topics.get(topic) ?? newPast()
    this.#topics.set(topic, state)
    void inner.subscribe(topic, {
      onEntry: (entry) => {
        state.accepted.push(named(entry))
        state.top = { epoch: entry.epoch, offset: entry.offset, tag: entry.tag }
        for (const node of this.nodes) node.deliver(topic, entry)
      },
      onEphemeral: (payload) => {
        state.ephemeral.push(idIn(payload))
        for (const node of this.nodes) node.deliverEphemeral(topic, payload)
      },
      onSet: (entry) => {
        state.changes.push(named(entry))
        for (const node of this.nodes) node.deliverSet(topic, entry)
      },
    })
    void inner.presence.watch(topic, {
      onPut: (member) => this.#tellPresence(topic, (listener) => listener.onPut(member)),
      onRemove: (joinId) => this.#tellPresence(topic, (listener) => listener.onRemove(joinId)),
    })
    const { top } = await inner.read(topic, { last: 0 }, ONE)
    state.top = top
    state.epochs.push(top.epoch)
  }
}

function newPast(): TopicPast {
  return { accepted: [], epochs: [], ephemeral: [], changes: [], top: { epoch: '', offset: 0, tag: '' } }
}

/** Under the id that the event has, whatever it was published under. */
function named<TEntry extends { readonly payload: EncodedPayload }>(entry: TEntry): TEntry & { readonly id: string } {
  return { ...entry, id: idIn(entry.payload) }
}

/** The id that stands in an event. */
function idIn(payload: EncodedPayload): string {
  const fragment = typeof payload === 'string' ? payload : payload.fragment
  // What is published here has this shape; a payload is the members of a frame, each behind a comma (P2.4).
  return (JSON.parse(`{${fragment.slice(1)}}`) as { data: { id: string } }).data.id
}
