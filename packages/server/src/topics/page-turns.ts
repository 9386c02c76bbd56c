/**
 * Whose turn it is on a connection of which several topics catch up.
 *
 * Not a queue of events: what waits is who may read and hand over the next page. Rule: each hands over one page and goes
 * to the end of the line, so a long history does not hold up a short one; while the socket is full nobody does.
 */
import type { Clock } from '@trunkline/core'
import type { TopicSubscriber } from './subscription.js'

/** How long the others wait for a page that is being read, in milliseconds: a broker that hangs holds up nobody else. */
const HOLD_MS = 1_000

/** Takes its turn; resolves, and never rejects, when it has handed over what it had to read first. */
export type PageTurn = () => Promise<void> | undefined

interface Line {
  readonly waiting: PageTurn[]
  endHold: (() => void) | undefined
}

export class PageTurns {
  readonly #clock: Clock
  readonly #highWaterBytes: number
  /** Only of connections on which somebody waits. */
  readonly #lines = new Map<TopicSubscriber, Line>()

  /** @param highWaterBytes - bytes that may wait in a socket before nobody's turn comes. */
  constructor(clock: Clock, highWaterBytes: number) {
    this.#clock = clock
    this.#highWaterBytes = highWaterBytes
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
      // Who hands over a page here joins the line again behind the others.
      const handedOver = line.waiting.shift()?.()
      if (handedOver !== undefined) return this.#hold(subscriber, line, handedOver)
    }
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
