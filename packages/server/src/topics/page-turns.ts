/**
 * Whose turn it is on a connection of which several topics catch up, and on a node where thousands of connections do.
 *
 * Not a queue of events: what waits is who may read and hand over the next page. Rule: each hands over one page and goes
 * to the end of the line, so a long history does not hold up a short one; while the socket is full nobody does, and of
 * all together only so many in one turn of the event loop. (A socket to a peer nearby takes a whole history at once, and
 * a broker in memory answers at once: after a restart 400 clients held up everything else for 2.5 s.)
 */
import type { Clock } from '@trunkline/core'
import type { TopicSubscriber } from './subscription.js'

/** How long the others wait for a page that is being read, in milliseconds: a broker that hangs holds up nobody else. */
const HOLD_MS = 1_000

/** Pages that are handed over in one turn of the event loop, on all connections together: some milliseconds' worth. */
export const PAGES_PER_TURN = 64

/** Takes its turn; resolves, and never rejects, when it has handed over what it had to read first. */
export type PageTurn = () => Promise<void> | undefined

interface Line {
  readonly waiting: PageTurn[]
  endHold: (() => void) | undefined
}

export class PageTurns {
  readonly #clock: Clock
  readonly #highWaterBytes: number
  readonly #endOfTurn: (callback: () => void) => void
  #pagesLeft = PAGES_PER_TURN
  /** Who goes on when the event loop has turned; empty unless that is waited for. */
  readonly #later: (() => void)[] = []
  /** Only of connections on which somebody waits. */
  readonly #lines = new Map<TopicSubscriber, Line>()

  /**
   * @param highWaterBytes - bytes that may wait in a socket before nobody's turn comes.
   * @param endOfTurn - runs a callback once this turn's input was handled.
   */
  constructor(clock: Clock, highWaterBytes: number, endOfTurn: (callback: () => void) => void) {
    this.#clock = clock
    this.#highWaterBytes = highWaterBytes
    this.#endOfTurn = endOfTurn
  }

  /** Counts a page against what this turn of the event loop takes; false when it takes no more. */
  spendPage(): boolean {
    if (this.#pagesLeft === 0) return false
    if (this.#pagesLeft === PAGES_PER_TURN) this.#endOfTurn(this.#nextTurn)
    this.#pagesLeft -= 1
    return true
  }

  /** Calls `turn` when it is its turn: at once if nobody waits and the socket takes more. */
  take(subscriber: TopicSubscriber, turn: PageTurn): void {
    const known = this.#lines.get(subscriber)
    if (known !== undefined) return void known.waiting.push(turn)
    const line: Line = { waiting: [turn], endHold: undefined }
    this.#lines.set(subscriber, line)
    this.#goOn(subscriber, line)
  }

  /** The connection is gone: nobody's turn comes any more. */
  drop(subscriber: TopicSubscriber): void {
    this.#lines.get(subscriber)?.endHold?.()
    this.#lines.delete(subscriber)
  }

  #goOn(subscriber: TopicSubscriber, line: Line): void {
    while (this.#lines.get(subscriber) === line) {
      if (line.waiting.length === 0) return void this.#lines.delete(subscriber)
      if (subscriber.bufferedBytes > this.#highWaterBytes) {
        return subscriber.whenWritable(() => this.#goOn(subscriber, line))
      }
      if (!this.spendPage()) return void this.#later.push(() => this.#goOn(subscriber, line))
      // Who hands over a page here joins the line again behind the others.
      const handedOver = line.waiting.shift()?.()
      if (handedOver !== undefined) return this.#hold(subscriber, line, handedOver)
      // Other connections wait as well: each its page.
      if (this.#later.length > 0) return void this.#later.push(() => this.#goOn(subscriber, line))
    }
  }

  #nextTurn = (): void => {
    this.#pagesLeft = PAGES_PER_TURN
    while (this.#pagesLeft > 0 && this.#later.length > 0) this.#later.shift()?.()
  }

  /** Nobody reads a page that the socket cannot take because another's is on its way. */
  #hold(subscriber: TopicSubscriber, line: Line, handedOver: Promise<void>): void {
    const goOn = (): void => {
      if (line.endHold !== endHold) return
      endHold()
      this.#goOn(subscriber, line)
    }
    const cancel = this.#clock.schedule(goOn, HOLD_MS)
    const endHold = (): void => {
      line.endHold = undefined
      cancel()
    }
    line.endHold = endHold
    void handedOver.then(goOn)
  }
}
