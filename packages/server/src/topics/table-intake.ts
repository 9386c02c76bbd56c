/**
 * What a node takes from the broker for one `latest` topic: the table, and every change of it in the order of versions.
 *
 * Not delivery (fan-out.ts). Rule: a change is taken only if it follows the last one; after a hole the table is read
 * again. Where that does not continue what was taken, because it started anew, went back or forgot a removal that was not
 * heard, all of it is handed out behind a gap.
 */
import type { Clock, Gap, Position } from '@trunkline/core'
import { askBroker } from './ask-broker.js'
import type { Broker } from './broker.js'
import { type FramedEntry, frameEphemeral, frameTableEntry } from './framed-entry.js'
import { HeardEntries } from './heard-entries.js'
import type { LatestStore, Table, TableEntry } from './latest-store.js'
import { Listening } from './listening.js'
import { type Versioned, VersionedTable } from './versioned-table.js'

/** Where what was taken goes. */
export interface TableSink {
  onEntry(entry: FramedEntry): void
  onEphemeral(frame: string | Uint8Array): void
  /** The table starts anew behind the gap's position; all of its entries follow. */
  onGap(gap: Gap): void
  whenFlushed(): Promise<void>
  onProved(isProved: boolean, error?: unknown): void
}

/** What a table's intake needs. */
export interface TableIntakeOptions {
  readonly broker: Broker
  readonly latest: LatestStore
  readonly clock: Clock
  readonly key: string
  readonly as: number
  readonly sink: TableSink
}

/** What was taken of a key. */
interface Taken extends Versioned {
  readonly id: string
}

export class TableIntake {
  readonly #options: TableIntakeOptions
  readonly #heard: HeardEntries<TableEntry, Table>
  readonly #listening = new Listening()
  /** What was taken of each key: enough to tell whether another table continues it. */
  readonly #taken = new VersionedTable<Taken>()
  #epoch = ''
  #version = 0
  /** Tells tables of one epoch apart after it went back; empty before. */
  #tag = ''
  #rewinds = 0

  constructor(options: TableIntakeOptions) {
    const { clock, sink } = options
    this.#options = options
    this.#heard = new HeardEntries({
      clock,
      read: () => this.#read(),
      apply: (table) => ({ hasMoved: this.#apply(table), hasMore: false }),
      take: (entry) => this.#take(entry),
      isPast: (entry) => entry.epoch === this.#epoch && entry.version <= this.#version,
      whenFlushed: () => sink.whenFlushed(),
      onProved: (isProved, error) => sink.onProved(isProved, error),
    })
  }

  /** The version of the last change that was taken. */
  get position(): Position {
    return { epoch: this.#epoch, offset: this.#version, tag: this.#tag }
  }

  /**
   * Listens to the broker and reads the table, which it hands out.
   *
   * @returns the position before all entries.
   * @throws TrunklineError `BROKER_UNAVAILABLE`.
   */
  async open(onBase: (base: Position, forgotten: number) => void): Promise<void> {
    const { broker, clock, key, as, sink } = this.#options
    await this.#listening.open(broker, clock, key, {
      onEntry: () => {},
      onEphemeral: (payload) => sink.onEphemeral(frameEphemeral(as, payload)),
      onSet: (entry) => this.#heard.hear(entry),
    })
    // Listening first, reading then: what is set in between is heard.
    const table = await this.#read()
    this.#epoch = table.epoch
    this.#taken.clear(table.forgotten)
    onBase(this.#base, table.forgotten)
    for (const entry of table.entries) this.#add(entry)
  }

  /** Takes what was heard while the topic opened. */
  start(): void {
    this.#heard.start()
  }

  /** Reads the table. Never rejects; resolves when what is new was handed out. */
  repair(): Promise<void> {
    return this.#heard.repair()
  }

  close(): void {
    this.#listening.close()
    this.#heard.close()
  }

  get #base(): Position {
    return { epoch: this.#epoch, offset: 0, tag: this.#tag }
  }

  #read(): Promise<Table> {
    const { latest, clock, key } = this.#options
    return askBroker(clock, () => latest.read(key))
  }

  #take(entry: TableEntry): boolean {
    if (entry.epoch !== this.#epoch) return false
    if (entry.version > this.#version) {
      if (entry.previousVersion !== this.#version) return false
      this.#add(entry)
      return true
    }
    const taken = this.#taken.get(entry.key)
    // A removal that is forgotten was taken when it was not.
    if (taken === undefined) return entry.version <= this.#taken.forgotten
    // Of a version that was overwritten nothing is known; the newer one was taken all the same.
    return taken.version > entry.version || (taken.version === entry.version && taken.id === entry.id)
  }

  /** Takes a table that was read. True when it brought something. */
  #apply(table: Table): boolean {
    const before = this.#version
    if (!this.#isContinued(table)) {
      const reason = table.epoch === this.#epoch ? 'rewound' : 'epoch'
      this.#epoch = table.epoch
      this.#version = 0
      this.#tag = reason === 'rewound' ? `r${++this.#rewinds}` : ''
      this.#taken.clear(table.forgotten)
      this.#options.sink.onGap({ reason, position: this.#base })
      for (const entry of table.entries) this.#add(entry)
      return true
    }
    for (const entry of table.entries) if (entry.version > before) this.#add(entry)
    return this.#version > before
  }

  /** Whether a table is the one that was taken, with nothing undone and maybe more. */
  #isContinued({ epoch, version, forgotten, entries }: Table): boolean {
    // A removal that was neither heard nor is remembered: nobody can say of what.
    if (epoch !== this.#epoch || version < this.#version || forgotten > this.#version) return false
    const inBoth = new Set<string>()
    for (const { key, id, version: at, isRemoved } of entries) {
      const taken = this.#taken.get(key)
      if (taken !== undefined) inBoth.add(key)
      if (at > this.#version || (taken?.version === at && taken.id === id)) continue
      if (taken === undefined && isRemoved && at <= this.#taken.forgotten) continue
      return false
    }
    // Nothing but a removal that is forgotten leaves a table: another key was set in a past that is undone.
    for (const { key, version: at, isRemoved } of this.#taken.after(0)) {
      if (!inBoth.has(key) && !(isRemoved && at <= forgotten)) return false
    }
    return true
  }

  #add(entry: TableEntry): void {
    const { as, sink } = this.#options
    this.#version = entry.version
    const { key, version, id, isRemoved } = entry
    this.#taken.set({ key, version, id, isRemoved })
    sink.onEntry(frameTableEntry(as, this.#tag, entry))
  }
}
