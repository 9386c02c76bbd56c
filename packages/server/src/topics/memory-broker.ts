/**
 * The default broker: histories in this process's memory; also the reference that others are tested against.
 *
 * Not durable: a restart is an `epoch` gap, and only this process hears what is published.
 * Rule: an idle topic costs a few hundred bytes, and there are at most `maxIdleTopics` of those. What all topics keep
 * together is at most `maxBytes`: a client may name topics without end, and each has a retention of its own.
 */
import { randomBytes } from 'node:crypto'
import { type Clock, TrunklineError } from '@trunkline/core'
import { payloadLength } from '../payload.js'
import { systemClock } from '../system-clock.js'
import type {
  Broker,
  BrokerListener,
  BrokerState,
  LogEntry,
  NewEntry,
  Page,
  PageLimit,
  Published,
  ReadFrom,
  Retention,
} from './broker.js'
import type { LatestStore, NewTableEntry, TableEntry, TableLimit } from './latest-store.js'
import { createMemoryPresence } from './memory-presence.js'
import type { PresenceStore } from './presence-store.js'
import { locate } from './prove-position.js'
import { RecentIds } from './recent-ids.js'
import { RetainedLog } from './retained-log.js'
import { VersionedTable } from './versioned-table.js'

const SWEEP_MS = 60_000
/** What an entry takes besides its payload, and a topic that keeps any, in bytes: rather too much than too little. */
const ENTRY_COST = 512
const TOPIC_COST = 2_048
/** Where all is full, what has expired is looked for so often at most. */
const COLLECT_MS = 1_000

/** Options of `createMemoryBroker`. */
export interface MemoryBrokerOptions {
  /** Time; for tests. Default: the machine's. */
  readonly clock?: Clock | undefined
  /**
   * Topics without subscribers and without events of which the place is still remembered. Default 10_000. Past it the
   * ones known longest are forgotten: who comes back to one of them gets a gap `epoch`.
   */
  readonly maxIdleTopics?: number | undefined
  /**
   * What the events and tables of all topics may take together: encoded, and 512 bytes for each besides. Default
   * 536_870_912. A publish that would pass it is `LIMIT_EXCEEDED`; one that drives out as much as it brings is not.
   */
  readonly maxBytes?: number | undefined
}

/** Makes a broker that keeps histories in this process's memory. */
export function createMemoryBroker(options: MemoryBrokerOptions = {}): MemoryBroker {
  return new MemoryBroker(options)
}

interface TopicState {
  readonly log: RetainedLog
  readonly table: VersionedTable<TableEntry>
  readonly ids: RecentIds
  readonly listeners: Set<BrokerListener>
  /** What it was counted with last. */
  cost: number
}

export class MemoryBroker implements Broker {
  readonly name = 'memory'
  readonly capabilities = { log: true } as const
  readonly state: BrokerState = 'proved'
  readonly presence: PresenceStore
  readonly latest: LatestStore = {
    set: async (topic, entry, limit) => this.#set(topic, entry, limit),
    read: async (topic) => {
      const { log, table } = this.#topic(topic)
      const { version, forgotten } = table
      return { epoch: log.epoch, version, forgotten, entries: [...table.after(0)] }
    },
  }
  readonly #clock: Clock
  readonly #maxIdleTopics: number
  readonly #maxBytes: number
  /** What all topics keep. */
  #bytes = 0
  #collectedAt = -Infinity
  readonly #epoch = randomBytes(9).toString('base64url')
  readonly #topics = new Map<string, TopicState>()
  #created = 0
  /** So many topics are looked through before their time: a client names topics faster than once a minute. */
  #sweepAtSize: number
  #cancelSweep: (() => void) | undefined
  #closed = false

  constructor(options: MemoryBrokerOptions) {
    this.#clock = options.clock ?? systemClock
    this.presence = createMemoryPresence(this.#clock)
    this.#maxIdleTopics = options.maxIdleTopics ?? 10_000
    this.#maxBytes = options.maxBytes ?? 536_870_912
    this.#sweepAtSize = 2 * this.#maxIdleTopics
  }

  async publish(topic: string, entry: NewEntry, retention: Retention | undefined): Promise<Published> {
    const nowMs = this.#clock.now()
    const state = this.#topic(topic)
    const { log, ids, listeners } = state
    const { id } = entry
    ids.expire(nowMs)
    if (id !== undefined && ids.has(id)) return { position: ids.positionOf(id), duplicate: true }
    if (retention === undefined) {
      if (id !== undefined) ids.add(id, undefined, nowMs)
      for (const listener of listeners) listener.onEphemeral(entry.payload)
      return { position: undefined, duplicate: false }
    }
    if (id === undefined) throw new TypeError('An entry that is kept needs an id: its tag is made of it.')
    const { payload } = entry
    this.#assertRoom(state, ENTRY_COST + payloadLength(payload), () => log.growth(payload, retention, ENTRY_COST))
    const kept: LogEntry = log.append(id, entry.payload, nowMs, retention)
    this.#count(state)
    ids.add(id, log.top, nowMs)
    const position = log.top
    for (const listener of listeners) listener.onEntry(kept)
    return { position, duplicate: false }
  }

  async read(topic: string, from: ReadFrom, limit: PageLimit): Promise<Page> {
    const state = this.#topic(topic)
    const { log } = state
    log.expire(this.#clock.now())
    this.#count(state)
    const { after, gap } = locate(from, log)
    return { after, entries: log.after(after.offset, limit), gap, top: log.top, oldest: log.oldest }
  }

  async subscribe(topic: string, listener: BrokerListener): Promise<() => void> {
    // Its own object per call, so that one listener can listen twice.
    const own: BrokerListener = {
      onEntry: (entry) => listener.onEntry(entry),
      onEphemeral: (payload) => listener.onEphemeral(payload),
      onSet: (entry) => listener.onSet?.(entry),
    }
    const { listeners } = this.#topic(topic)
    listeners.add(own)
    return () => listeners.delete(own)
  }

  onState(): () => void {
    // Nothing stands between this broker and its listeners: it is always proved.
    return () => {}
  }

  async close(): Promise<void> {
    this.#closed = true
    this.#cancelSweep?.()
    this.#topics.clear()
    this.#bytes = 0
  }

  /** For tests: loses the newest events of a topic, as a failover to a replica that lags does. */
  '~loseAfter'(topic: string, offset: number): void {
    const state = this.#topic(topic)
    const { log, ids } = state
    log.loseAfter(offset)
    this.#count(state)
    // What was trimmed is not lost, and neither is its id.
    ids.forgetAfter(log.top.offset)
  }

  #set(topic: string, entry: NewTableEntry, limit: TableLimit): Published | 'full' {
    const nowMs = this.#clock.now()
    const state = this.#topic(topic)
    const { log, table, ids, listeners } = state
    const { epoch } = log
    ids.expire(nowMs)
    if (ids.has(entry.id)) return { position: ids.positionOf(entry.id), duplicate: true }
    if (!entry.isRemoved && !hasRoom(table, entry, limit)) return 'full'
    const known = table.get(entry.key)
    const growth = sizeOf(entry) - (known === undefined ? -ENTRY_COST : sizeOf(known))
    // Who takes an entry out makes room, also where what is told of it is longer than it was.
    const makesRoom = entry.isRemoved === true && known !== undefined && !known.isRemoved
    if (!makesRoom) this.#assertRoom(state, growth, () => growth)
    const previousVersion = table.version
    const kept: TableEntry = { ...entry, epoch, version: previousVersion + 1, previousVersion }
    table.set(kept)
    this.#count(state)
    const position = { epoch, offset: kept.version, tag: '' }
    ids.add(entry.id, position, nowMs)
    for (const listener of listeners) listener.onSet?.(kept)
    return { position, duplicate: false }
  }

  #topic(key: string): TopicState {
    if (this.#closed) throw new Error('The memory broker is closed.')
    let topic = this.#topics.get(key)
    if (topic === undefined) {
      if (this.#topics.size >= this.#sweepAtSize) this.#collect()
      // Each topic has its own epoch: one that was forgotten and came back is not taken for the old one.
      const epoch = `${this.#epoch}.${(this.#created++).toString(36)}`
      const ids = new RecentIds(this.#clock.now())
      const log = new RetainedLog(epoch)
      topic = { log, table: new VersionedTable<TableEntry>(sizeOf), ids, listeners: new Set(), cost: 0 }
      this.#topics.set(key, topic)
      this.#cancelSweep ??= this.#clock.schedule(this.#sweep, SWEEP_MS)
    }
    return topic
  }

  #count(state: TopicState): void {
    const cost = costOf(state)
    this.#bytes += cost - state.cost
    state.cost = cost
  }

  #forget(key: string): void {
    const state = this.#topics.get(key)
    // An empty table may still remember removals.
    this.#bytes -= state?.cost ?? 0
    this.#topics.delete(key)
  }

  /**
   * @param most - by how much all topics may grow at most; only where that is too much it is asked for.
   * @throws TrunklineError `LIMIT_EXCEEDED` where what is to be kept has no room.
   */
  #assertRoom(state: TopicState, most: number, growth: () => number): void {
    if (this.#bytes + most + TOPIC_COST <= this.#maxBytes) return
    const isWithin = (): boolean => {
      const more = growth() + (state.cost === 0 ? TOPIC_COST : 0)
      return more <= 0 || this.#bytes + more <= this.#maxBytes
    }
    if (isWithin()) return
    // What has expired is let go by the sweep, once a minute.
    if (this.#clock.now() - this.#collectedAt >= COLLECT_MS) {
      this.#collect()
      if (isWithin()) return
    }
    throw new TrunklineError(
      'LIMIT_EXCEEDED',
      `Nothing was published: all topics together would keep more than ${this.#maxBytes} bytes (maxBytes of createMemoryBroker).`,
    )
  }

  #sweep = (): void => {
    this.#collect()
    this.#cancelSweep = this.#topics.size > 0 ? this.#clock.schedule(this.#sweep, SWEEP_MS) : undefined
  }

  #collect(): void {
    const nowMs = this.#clock.now()
    const idle: string[] = []
    this.#collectedAt = nowMs
    for (const [key, state] of this.#topics) {
      const { log, table, ids, listeners } = state
      log.expire(nowMs)
      this.#count(state)
      ids.expire(nowMs)
      // A table does not age: what is the newest value stays the newest.
      if (log.size === 0 && table.size === 0 && ids.isEmpty && listeners.size === 0) idle.push(key)
    }
    for (const key of idle.slice(0, Math.max(0, idle.length - this.#maxIdleTopics))) this.#forget(key)
    // Twice what is left, so that looking through it costs each new topic a few steps.
    this.#sweepAtSize = 2 * Math.max(this.#maxIdleTopics, this.#topics.size)
  }
}

/** What a topic keeps; nothing where only its place is remembered. */
function costOf({ log, table }: TopicState): number {
  const { removals } = table
  const entries = log.size + table.size + removals.size
  return entries === 0 ? 0 : TOPIC_COST + entries * ENTRY_COST + log.bytes + table.bytes + removals.bytes
}

/** Whether a table with this entry is within its limit. */
function hasRoom(table: VersionedTable<TableEntry>, entry: NewTableEntry, limit: TableLimit): boolean {
  const known = table.get(entry.key)
  const replaced = known?.isRemoved ? undefined : known
  const bytes = table.bytes + sizeOf(entry) - (replaced === undefined ? 0 : sizeOf(replaced))
  return (replaced !== undefined || table.size < limit.entries) && bytes <= limit.bytes
}

function sizeOf({ key, payload }: NewTableEntry): number {
  return key.length + payloadLength(payload)
}
