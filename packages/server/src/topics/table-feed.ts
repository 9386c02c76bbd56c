/**
 * One `latest` topic on one node: its table, and who is live on it.
 *
 * Not a history (topic-feed.ts). Rule: a subscriber gets the table in the order of its versions, then every change of it;
 * one that could not be served gets what is newer than its version, so nothing is queued for anybody.
 */
import { type Clock, isPosition } from '@trunkline/core'
import { writeGap } from '@trunkline/core/protocol'
import { askBroker } from './ask-broker.js'
import type { ReadFrom } from './broker.js'
import { CatchUp } from './catch-up.js'
import { FanOut, type Outgoing } from './fan-out.js'
import type { Feed, FeedOptions } from './feed.js'
import { FlushedTable } from './flushed-table.js'
import type { FramedPage, PageReader } from './framed-entry.js'
import type { LatestStore } from './latest-store.js'
import type { TopicSubscription } from './subscription.js'
import { TableIntake } from './table-intake.js'
import { Throttle } from './throttle.js'

export class TableFeed implements Feed {
  readonly key: string
  readonly subscriptions: Set<TopicSubscription> = new Set()
  cancelDisposal: (() => void) | undefined
  readonly #intake: TableIntake
  readonly #table: FlushedTable = new FlushedTable()
  readonly #fanOut: FanOut
  readonly #catchUp: CatchUp
  readonly #throttle: Throttle<Outgoing> | undefined
  readonly #clock: Clock
  #opening: Promise<void> = Promise.resolve()
  #lastRead: Promise<void> = Promise.resolve()
  #nextRead: Promise<void> | undefined
  #isOpen = false

  constructor(options: FeedOptions, latest: LatestStore) {
    const { key, as, definition, broker, clock, endOfTurn, highWaterBytes, turns, owner } = options
    const table = this.#table
    const fanOut = new FanOut({
      ring: table,
      endOfTurn,
      highWaterBytes,
      onSlow: (subscription, cursor) => {
        this.#catchUp.fallBehind(subscription, cursor)
        owner.onSlow(this, subscription)
      },
    })
    const push = (outgoing: Outgoing): void => fanOut.push(outgoing)
    const throttle =
      definition.throttle &&
      new Throttle<Outgoing>({
        perSecond: definition.throttle.perSecond,
        clock,
        endOfTurn,
        onRelease: (held) => {
          for (const outgoing of held) push(outgoing)
          fanOut.flush()
        },
      })
    const out = throttle ? (outgoing: Outgoing): void => throttle.push(outgoing.key, outgoing) : push
    const intake = new TableIntake({
      broker,
      latest,
      clock,
      key,
      as,
      sink: {
        onEntry: (entry) => (this.#isOpen ? out(entry) : table.push(entry)),
        onEphemeral: (frame) => out({ offset: 0, tag: '', frame }),
        onGap: (gap) => {
          throttle?.clear()
          push({ offset: 0, tag: '', frame: writeGap(as, gap), gap })
          owner.onGap(this, gap)
        },
        whenFlushed: () => fanOut.whenFlushed(),
        onProved: (isProved, error) => owner.onProved(this, isProved, error),
      },
    })
    this.key = key
    this.#clock = clock
    this.#fanOut = fanOut
    this.#throttle = throttle
    this.#intake = intake
    const reader: PageReader = {
      tail: (from) => (isPosition(from) && (!table.isOwn(from) || table.isAhead(from)) ? undefined : table.page(from)),
      read: (from) => this.#read(from),
    }
    const end = owner.end.bind(owner)
    this.#catchUp = new CatchUp({ as, clock, reader, fanOut, intake, highWaterBytes, turns, end, isTable: true })
  }

  open(): Promise<void> {
    this.#opening = this.#open()
    return this.#opening
  }

  async #open(): Promise<void> {
    await this.#intake.open((base) => this.#table.reset(base))
    this.#fanOut.flushed = this.#intake.position
    this.#isOpen = true
    for (const subscription of this.subscriptions) this.#catchUp.begin(subscription)
    this.#intake.start()
  }

  add(subscription: TopicSubscription): void {
    this.subscriptions.add(subscription)
    if (this.#isOpen) this.#catchUp.begin(subscription)
  }

  remove(subscription: TopicSubscription): void {
    this.subscriptions.delete(subscription)
    this.#fanOut.remove(subscription)
    subscription.close()
  }

  async repair(): Promise<void> {
    // What it read while it opened may be older than the reason to repair.
    await this.#opening.catch(() => {})
    if (this.#isOpen) await this.#intake.repair()
  }

  close(): void {
    this.cancelDisposal?.()
    this.#throttle?.close()
    this.#intake.close()
  }

  /** Reads the table no earlier than now. Who asks while it is being read shares the next read: many come back at once. */
  #readAnew(): Promise<void> {
    this.#nextRead ??= this.#lastRead.then(() => {
      this.#nextRead = undefined
      this.#lastRead = this.#intake.repair()
      return this.#lastRead
    })
    return this.#nextRead
  }

  /**
   * Of a position that is not one of this node's table, or further than what was handed out: somebody saw it on another
   * node, and this one may be behind.
   */
  async #read(from: ReadFrom): Promise<FramedPage> {
    const table = this.#table
    const isTaken = isPosition(from) && table.isOwn(from) && this.#intake.position.offset >= from.offset
    // A repair tries on for as long as the broker does not answer; who waits for it does not.
    if (!isTaken) await askBroker(this.#clock, () => this.#readAnew())
    if (!isPosition(from) || !table.isAhead(from)) return table.page(from)
    // What was taken and is throttled comes to it in time; what the broker does not have is undone.
    return this.#intake.position.offset >= from.offset
      ? { after: from, entries: [], gap: undefined }
      : table.page({ ...from, tag: UNDONE })
  }
}

/** No table has this tag. */
const UNDONE = 'undone'
