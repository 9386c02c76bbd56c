/**
 * A broker that can be made to fail, for tests: in front of a memory broker.
 *
 * Rule: what it gives is true, unless a test says which lie to tell.
 */
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
} from '../broker.js'
import type { LatestStore, Table, TableEntry } from '../latest-store.js'
import type { MemoryBroker } from '../memory-broker.js'

export class FaultBroker implements Broker {
  readonly name = 'fault'
  capabilities: { readonly log: boolean } = { log: true }
  state: BrokerState = 'proved'
  reads = 0
  subscriptions = 0
  /** Decides whether a listener hears an entry. */
  hears: (entry: LogEntry) => boolean = () => true
  /** Decides whether a listener hears a change of a table. */
  hearsSet: (entry: TableEntry) => boolean = () => true
  /** Hands an entry to a listener: at once, later, or more than once. */
  deliver: (hear: () => void) => void = (hear) => hear()
  /** Runs before a read is made; may wait or throw. */
  beforeRead: () => Promise<void> | void = () => {}
  /** Runs after a read was made and before it is answered. */
  afterRead: () => Promise<void> | void = () => {}
  beforePublish: () => Promise<void> | void = () => {}
  /** Runs after a publish was accepted and before that is answered. */
  afterPublish: () => Promise<void> | void = () => {}
  beforeSubscribe: () => Promise<void> | void = () => {}
  /** Changes what a read answers. */
  rewrite: (page: Page, from: ReadFrom) => Page = (page) => page
  /** Changes what a listener hears of a change of a table. */
  rewriteSet: (entry: TableEntry) => TableEntry = (entry) => entry
  /** Changes what reading a table answers. */
  rewriteTable: (table: Table) => Table = (table) => table
  readonly inner: MemoryBroker
  readonly latest: LatestStore = {
    set: async (topic, entry, limit) => {
      await this.beforePublish()
      const published = await this.inner.latest.set(topic, entry, limit)
      await this.afterPublish()
      return published
    },
    read: async (topic) => {
      this.reads += 1
      await this.beforeRead()
      const table = await this.inner.latest.read(topic)
      await this.afterRead()
      return this.rewriteTable(table)
    },
  }
  readonly #stateListeners = new Set<(state: BrokerState) => void>()

  constructor(inner: MemoryBroker) {
    this.inner = inner
  }

  async publish(topic: string, entry: NewEntry, retention: Retention | undefined): Promise<Published> {
    await this.beforePublish()
    const published = await this.inner.publish(topic, entry, retention)
    await this.afterPublish()
    return published
  }

  async read(topic: string, from: ReadFrom, limit: PageLimit): Promise<Page> {
    this.reads += 1
    await this.beforeRead()
    const page = await this.inner.read(topic, from, limit)
    await this.afterRead()
    return this.rewrite(page, from)
  }

  async subscribe(topic: string, listener: BrokerListener): Promise<() => void> {
    await this.beforeSubscribe()
    this.subscriptions += 1
    const end = await this.inner.subscribe(topic, {
      onEntry: (entry) => {
        if (this.hears(entry)) this.deliver(() => listener.onEntry(entry))
      },
      onEphemeral: (payload) => listener.onEphemeral(payload),
      onSet: (entry) => {
        if (this.hearsSet(entry)) this.deliver(() => listener.onSet?.(this.rewriteSet(entry)))
      },
    })
    return () => {
      this.subscriptions -= 1
      end()
    }
  }

  onState(listener: (state: BrokerState) => void): () => void {
    this.#stateListeners.add(listener)
    return () => this.#stateListeners.delete(listener)
  }

  setState(state: BrokerState): void {
    this.state = state
    for (const listener of this.#stateListeners) listener(state)
  }

  close(): Promise<void> {
    return this.inner.close()
  }
}
