/**
 * Whether a node can prove that its topics are current (P6.9).
 *
 * Rule: it can again only after every topic was read to its end, not when the broker's link is back.
 */
import type { Broker } from './broker.js'
import type { Feed } from './feed.js'

/** Topics that are read at once when the broker is back: a node may have thousands. */
const PARALLEL_REPAIRS = 32

export class StaleWatch {
  readonly #broker: Broker
  readonly #feeds: ReadonlyMap<string, Feed>
  readonly #onChange: (isStale: boolean) => void
  readonly #stop: () => void
  readonly #unproved = new Set<Feed>()
  #brokerStale: boolean
  #told: boolean
  /** Counts the changes of the broker's state, so that a repair which began before the last one proves nothing. */
  #changes = 0

  constructor(broker: Broker, feeds: ReadonlyMap<string, Feed>, onChange: (isStale: boolean) => void) {
    this.#broker = broker
    this.#feeds = feeds
    this.#onChange = onChange
    this.#brokerStale = broker.state === 'stale'
    this.#told = this.#brokerStale
    this.#stop = broker.onState(() => void this.#brokerChanged())
  }

  get isStale(): boolean {
    return this.#told
  }

  /** A topic's reads fail, or work again. */
  setProved(feed: Feed, isProved: boolean): void {
    if (isProved) this.#unproved.delete(feed)
    else this.#unproved.add(feed)
    this.#tell()
  }

  close(): void {
    this.#changes += 1
    this.#stop()
    this.#unproved.clear()
  }

  async #brokerChanged(): Promise<void> {
    const change = ++this.#changes
    if (this.#broker.state === 'proved') {
      await this.#repairAll()
      if (change !== this.#changes) return
      this.#brokerStale = false
    } else {
      this.#brokerStale = true
    }
    this.#tell()
  }

  async #repairAll(): Promise<void> {
    const feeds = [...this.#feeds.values()]
    const repairSome = async (): Promise<void> => {
      for (let feed = feeds.pop(); feed !== undefined; feed = feeds.pop()) await feed.repair()
    }
    await Promise.all(Array.from({ length: PARALLEL_REPAIRS }, repairSome))
  }

  #tell(): void {
    const isStale = this.#brokerStale || this.#unproved.size > 0
    if (isStale === this.#told) return
    this.#told = isStale
    this.#onChange(isStale)
  }
}
