/**
 * One node's link to the store, with the faults of a link: cut, deaf, lossy, slow, failing, hanging.
 *
 * Rule: it keeps to the contract of `Broker`. While anything may have been missed without a sign, the state changes
 * afterwards; nothing that was on its way before the change arrives after it.
 */
import type { EncodedPayload } from '@trunkline/core'
import type {
  Broker,
  BrokerListener,
  BrokerState,
  LatestStore,
  LogEntry,
  NewEntry,
  Page,
  PageLimit,
  PresenceListener,
  PresenceMember,
  PresenceStore,
  Published,
  ReadFrom,
  Retention,
  TableEntry,
} from '@trunkline/server'
import type { SimStore } from './sim-store.js'

/** After so long a probe notices that the link is deaf, in milliseconds. */
const PROBE_MS = 1_500

/** What is wrong with a link. Probabilities from 0 to 1, times in milliseconds. */
export interface LinkFaults {
  /** A delivery is lost. */
  deaf: number
  /** A delivery comes twice. */
  repeats: number
  /** A request fails, before or after it was done. */
  fails: number
  /** A request is never answered. */
  hangs: number
  /** A read gives less than there is. */
  short: number
  /** Longest time that a request, an answer or a delivery takes each. */
  slowMs: number
}

type Members = readonly PresenceMember[]

const HEALTHY: LinkFaults = { deaf: 0, repeats: 0, fails: 0, hangs: 0, short: 0, slowMs: 0 }

export class SimBroker implements Broker {
  readonly name = 'simulated'
  readonly capabilities = { log: true } as const
  readonly latest: LatestStore = {
    set: (topic, entry, limit) => this.#ask(() => this.#store.set(topic, entry, limit)),
    read: (topic) => this.#ask(() => this.#store.readTable(topic)),
  }
  readonly presence: PresenceStore = {
    renewLease: (node, leaseMs) => this.#askInOrder((store) => store.renewLease(node, leaseMs)),
    put: (topic, member) => this.#askInOrder((store) => store.put(topic, member)),
    remove: (topic, joinId) => this.#askInOrder((store) => store.remove(topic, joinId)),
    read: (topic) => this.#ask(() => this.#readPresence(topic)),
    watch: (topic, listener) => this.#watch(topic, listener),
  }
  state: BrokerState = 'proved'
  /** Never was anything wrong: the node hears at once what is accepted. */
  wasAlwaysWell = true
  /** The node is dead, or its link is gone for good. */
  isCut = false
  /** Changes what a read answers; for negative controls. */
  spoilRead: ((page: Page, from: ReadFrom, whole: () => Promise<Page>) => Page | Promise<Page>) | undefined
  /** Changes whom a read finds present, given what the read before it found; for negative controls. */
  spoilPresence: ((now: Members, before: Members | undefined) => Members) | undefined
  /** Keeps changes of the state to itself; for a negative control. */
  isSilent = false
  readonly #store: SimStore
  readonly #listeners = new Map<string, Set<BrokerListener>>()
  readonly #watchers = new Map<string, Set<PresenceListener>>()
  readonly #lastPresence = new Map<string, Members>()
  readonly #stateListeners = new Set<(state: BrokerState) => void>()
  #faults: LinkFaults = HEALTHY
  /** No delivery comes through until the link is made anew. */
  #isLost = false
  #mayHaveMissed = false
  #link = 0
  /** The last write of presence: what one node writes takes effect in the order in which it was called. */
  #lastWrite: Promise<unknown> = Promise.resolve()

  constructor(store: SimStore) {
    this.#store = store
    store.nodes.add(this)
  }

  publish(topic: string, entry: NewEntry, retention: Retention | undefined): Promise<Published> {
    return this.#ask(() => this.#store.publish(topic, entry, retention))
  }

  read(topic: string, from: ReadFrom, limit: PageLimit): Promise<Page> {
    return this.#ask(async () => {
      const inner = await this.#store.serve(topic)
      const page = this.#shorten(await inner.read(topic, from, limit))
      return this.spoilRead?.(page, from, () => inner.read(topic, 'start', limit)) ?? page
    })
  }

  async subscribe(topic: string, listener: BrokerListener): Promise<() => void> {
    const listeners = this.#listeners.get(topic) ?? new Set()
    this.#listeners.set(topic, listeners)
    const end = (): void => void listeners.delete(listener)
    await this.#ask(async () => {
      await this.#store.serve(topic)
      listeners.add(listener)
    }).catch((error: unknown) => {
      end()
      throw error
    })
    return end
  }

  onState(listener: (state: BrokerState) => void): () => void {
    this.#stateListeners.add(listener)
    return () => this.#stateListeners.delete(listener)
  }

  async close(): Promise<void> {
    this.cut()
  }

  /** An entry was accepted: tells the listeners as well as this link can. */
  deliver(topic: string, entry: LogEntry): void {
    this.#deliver(topic, (listener) => listener.onEntry(entry))
  }

  /** An entry of a table was set. */
  deliverSet(topic: string, entry: TableEntry): void {
    this.#deliver(topic, (listener) => listener.onSet?.(entry))
  }

  /** What is ephemeral has no place by which a repeat could be told: it comes now or never. */
  deliverEphemeral(topic: string, payload: EncodedPayload): void {
    if (this.isCut || this.#isLost || this.#store.random.chance(this.#faults.deaf)) return
    for (const listener of this.#listeners.get(topic) ?? []) listener.onEphemeral(payload)
  }

  /** Somebody joined, changed or left: whoever watches hears it as well as this link can, and reads as well. */
  deliverPresence(topic: string, tellOne: (listener: PresenceListener) => void): void {
    if (this.isCut || this.#isLost || this.#store.random.chance(this.#faults.deaf)) return
    for (const listener of this.#watchers.get(topic) ?? []) tellOne(listener)
  }

  #deliver(topic: string, tellOne: (listener: BrokerListener) => void): void {
    const { random, clock } = this.#store
    const listeners = this.#listeners.get(topic)
    if (listeners === undefined || listeners.size === 0) return
    if (this.isCut || this.#isLost || random.chance(this.#faults.deaf)) {
      this.#mayHaveMissed = true
      return
    }
    const link = this.#link
    const tell = (): void => {
      if (this.#link === link && !this.isCut) for (const listener of listeners) tellOne(listener)
    }
    const copies = random.chance(this.#faults.repeats) ? 2 : 1
    for (let copy = 0; copy < copies; copy++) {
      if (this.#faults.slowMs === 0) tell()
      else clock.schedule(tell, random.int(0, this.#faults.slowMs))
    }
  }

  /** The link broke; whether that is noticed at once is chance. */
  lose(): void {
    this.wasAlwaysWell = false
    this.#isLost = true
    this.#mayHaveMissed = true
    if (this.#store.random.chance(0.5)) this.#setState('stale')
  }

  /** The link is made anew: what was on its way is gone, and the node is told. */
  relink(): void {
    if (this.isCut || this.#store.isDown) return
    this.wasAlwaysWell = false
    this.#link += 1
    this.#isLost = false
    this.#mayHaveMissed = this.#faults.deaf > 0
    this.#setState('stale')
    if (this.#faults.deaf < 1) this.#setState('proved')
  }

  /** Makes the link worse. */
  spoil(faults: Partial<LinkFaults>): void {
    this.wasAlwaysWell = false
    this.#faults = { ...this.#faults, ...faults }
    if (this.#faults.deaf < 1) return
    const link = this.#link
    this.#store.clock.schedule(() => {
      if (this.#link === link && this.#faults.deaf === 1) this.#setState('stale')
    }, PROBE_MS)
  }

  /** Ends every fault of the link. */
  mend(): void {
    this.#faults = HEALTHY
    if (this.#mayHaveMissed || this.state === 'stale') this.relink()
  }

  /** How many listen: nobody, when the server has closed. */
  get listening(): number {
    const counts = [...this.#listeners.values(), ...this.#watchers.values()].map(({ size }) => size)
    return counts.reduce((sum, size) => sum + size, this.#stateListeners.size)
  }

  /** The node is dead: nothing comes in or out. */
  cut(): void {
    this.isCut = true
    this.#store.nodes.delete(this)
    this.#listeners.clear()
    this.#watchers.clear()
    this.#stateListeners.clear()
  }

  /** As a replica that lags: it knows where the history ends, and has not all of it. */
  #shorten(page: Page): Page {
    const { random } = this.#store
    if (!random.chance(this.#faults.short)) return page
    return { ...page, entries: page.entries.slice(0, random.int(0, page.entries.length)) }
  }

  async #readPresence(topic: string): Promise<Members> {
    const { presence } = await this.#store.serve(topic)
    const now = await presence.read(topic)
    const read = this.spoilPresence?.(now, this.#lastPresence.get(topic)) ?? now
    this.#lastPresence.set(topic, read)
    return read
  }

  async #watch(topic: string, listener: PresenceListener): Promise<() => void> {
    const watchers = this.#watchers.get(topic) ?? new Set()
    this.#watchers.set(topic, watchers)
    const end = (): void => void watchers.delete(listener)
    await this.#ask(async () => {
      await this.#store.serve(topic)
      watchers.add(listener)
    }).catch((error: unknown) => {
      end()
      throw error
    })
    return end
  }

  async #askInOrder<TAnswer>(run: (store: PresenceStore) => Promise<TAnswer>): Promise<TAnswer> {
    const before = this.#lastWrite
    const isLost = this.#store.random.chance(this.#faults.hangs)
    const acted = this.#act(before, async () => (isLost ? undefined : run(await this.#store.servePresence())))
    this.#lastWrite = acted.catch(() => {})
    const answer = await acted
    if (isLost) return new Promise(() => {})
    await this.#travel()
    this.#mayFail('after it was done')
    // It was not lost, so there is one.
    return answer as TAnswer
  }

  async #act<TAnswer>(before: Promise<unknown>, run: () => Promise<TAnswer>): Promise<TAnswer> {
    await before
    await this.#travel()
    this.#mayFail('before it was done')
    return run()
  }

  async #ask<TAnswer>(run: () => Promise<TAnswer>): Promise<TAnswer> {
    const { random } = this.#store
    await this.#travel()
    if (random.chance(this.#faults.hangs)) await new Promise(() => {})
    this.#mayFail('before it was done')
    const answer = await run()
    await this.#travel()
    this.#mayFail('after it was done')
    return answer
  }

  async #travel(): Promise<void> {
    const { random, clock } = this.#store
    const { slowMs } = this.#faults
    if (slowMs > 0) await new Promise<void>((resolve) => clock.schedule(resolve, random.int(0, slowMs)))
  }

  #mayFail(when: string): void {
    if (this.isCut || this.#store.random.chance(this.#faults.fails / 2)) throw new Error(`the request failed ${when}`)
  }

  #setState(state: BrokerState): void {
    if (this.state === state) return
    this.state = state
    if (!this.isSilent) for (const listener of this.#stateListeners) listener(state)
  }
}
