/**
 * The one reader of a topic's history on a node: resume, catch-up, history and repair all read here.
 *
 * Rule: the ring first and the broker behind it; one read of the broker at a time; who asks for the same page while it
 * is being read shares it.
 */
import type { Clock } from '@trunkline/core'
import { askBroker } from './ask-broker.js'
import type { Broker, ReadFrom } from './broker.js'
import { type BrokerPage, type FramedPage, framePage, PAGE_LIMIT, type PageReader } from './framed-entry.js'
import type { TailRing } from './tail-ring.js'

export class Reader implements PageReader {
  readonly #broker: Broker
  readonly #clock: Clock
  readonly #key: string
  readonly #as: number
  readonly #ring: TailRing
  readonly #shared = new Map<string, Promise<FramedPage>>()
  #lastRead: Promise<unknown> = Promise.resolve()

  constructor(broker: Broker, clock: Clock, key: string, as: number, ring: TailRing) {
    this.#broker = broker
    this.#clock = clock
    this.#key = key
    this.#as = as
    this.#ring = ring
  }

  /** What the ring gives; `undefined` where only the broker can tell. */
  tail(from: ReadFrom): FramedPage | undefined {
    if (from === 'start') return undefined
    const after = 'last' in from ? this.#ring.before(from.last) : from
    const entries = after && this.#ring.after(after, PAGE_LIMIT)
    return after && entries && { after, entries, gap: undefined }
  }

  /**
   * Reads a page from the broker; shared with who asked for the same one before.
   *
   * @throws TrunklineError `BROKER_UNAVAILABLE`.
   */
  read(from: ReadFrom): Promise<FramedPage> {
    const name = typeof from === 'string' ? from : 'last' in from ? `last ${from.last}` : JSON.stringify(from)
    let page = this.#shared.get(name)
    if (page === undefined) {
      // While it waited for its turn, another read may have filled the ring: after a deploy many come back at once.
      page = this.#inTurn(() => this.tail(from) ?? this.#ask(from)).finally(() => this.#shared.delete(name))
      this.#shared.set(name, page)
    }
    return page
  }

  /**
   * Reads a page from the broker that is no older than this call: it settles what was heard before.
   *
   * @throws TrunklineError `BROKER_UNAVAILABLE`.
   */
  readFresh(from: ReadFrom): Promise<BrokerPage> {
    return this.#inTurn(() => this.#ask(from))
  }

  /** Who waits behind a read that fails fails with it: a broker that does not answer would take its time for each. */
  #inTurn<TPage>(read: () => TPage | Promise<TPage>): Promise<TPage> {
    const page = this.#lastRead.then(read)
    this.#lastRead = page
    page.catch(() => {
      if (this.#lastRead === page) this.#lastRead = Promise.resolve()
    })
    return page
  }

  async #ask(from: ReadFrom): Promise<BrokerPage> {
    const page = await askBroker(this.#clock, async () =>
      framePage(this.#as, from, await this.#broker.read(this.#key, from, PAGE_LIMIT)),
    )
    this.#ring.prepend(page.after, page.entries)
    return page
  }
}
