/**
 * What a node reads of a `latest` topic's table for those who are behind.
 *
 * Not the broker's table: what is throttled is not handed out before its time (flushed-table.ts). Rule: a position that is
 * not one of this node's table, or further than what was handed out, was seen on another node; this one may be behind, and
 * reads before it answers.
 */
import { type Clock, isPosition } from '@trunkline/core'
import { askBroker } from './ask-broker.js'
import type { ReadFrom } from './broker.js'
import type { FlushedTable } from './flushed-table.js'
import type { FramedPage, PageReader } from './framed-entry.js'
import type { TableIntake } from './table-intake.js'

/** No table has this tag. */
const UNDONE = 'undone'

export class TableReader implements PageReader {
  readonly #table: FlushedTable
  readonly #intake: TableIntake
  readonly #clock: Clock
  readonly #endOfTurn: (callback: () => void) => void
  #lastRead: Promise<void> = Promise.resolve()
  #nextRead: Promise<void> | undefined

  /** @param endOfTurn - runs a callback once this turn's input was handled. */
  constructor(table: FlushedTable, intake: TableIntake, clock: Clock, endOfTurn: (callback: () => void) => void) {
    this.#table = table
    this.#intake = intake
    this.#clock = clock
    this.#endOfTurn = endOfTurn
  }

  tail(from: ReadFrom): FramedPage | undefined {
    const table = this.#table
    return isPosition(from) && (!table.isOwn(from) || table.isAhead(from)) ? undefined : table.page(from)
  }

  /** @throws TrunklineError `BROKER_UNAVAILABLE`. */
  async read(from: ReadFrom): Promise<FramedPage> {
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

  /** Reads the table no earlier than now. Who asks while it is being read shares the next read: many come back at once. */
  #readAnew(): Promise<void> {
    this.#nextRead ??= this.#lastRead.then(async () => {
      // They come one by one within a turn, in which a table in memory would be read and compared for each.
      await new Promise<void>((resolve) => this.#endOfTurn(resolve))
      this.#nextRead = undefined
      this.#lastRead = this.#intake.repair()
      return this.#lastRead
    })
    return this.#nextRead
  }
}
