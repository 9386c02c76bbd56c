/**
 * At most so many times a second, the newest of each key (P7.7).
 *
 * Not a queue: what is overwritten before it leaves is dropped. Rule: one timer per topic; the first event after a rest
 * leaves at the end of its turn, so a topic that is quieter than its limit is not slowed.
 */
import type { Clock } from '@trunkline/core'

/** What a throttle needs. */
export interface ThrottleOptions<TItem> {
  /** Greater than 0; less than 1 is less than once a second. */
  readonly perSecond: number
  readonly clock: Clock
  readonly endOfTurn: (callback: () => void) => void
  /** Takes what leaves, oldest first. */
  readonly onRelease: (items: Iterable<TItem>) => void
}

export class Throttle<TItem> {
  readonly #options: ThrottleOptions<TItem>
  readonly #intervalMs: number
  /** By key; `undefined` is a key like any other. */
  #held = new Map<string | undefined, TItem>()
  #isReleasing = false
  #cancelTimer: (() => void) | undefined

  constructor(options: ThrottleOptions<TItem>) {
    this.#options = options
    // Rounded up: a second must not hold one more.
    this.#intervalMs = Math.ceil(1_000 / options.perSecond)
  }

  push(key: string | undefined, item: TItem): void {
    // Deleted first: what is set again goes to the end.
    this.#held.delete(key)
    this.#held.set(key, item)
    this.#schedule()
  }

  /** Drops what has not left. */
  clear(): void {
    this.#held.clear()
  }

  close(): void {
    this.clear()
    this.#cancelTimer?.()
  }

  #schedule(): void {
    if (this.#isReleasing || this.#cancelTimer !== undefined || this.#held.size === 0) return
    this.#isReleasing = true
    this.#options.endOfTurn(this.#release)
  }

  #release = (): void => {
    this.#isReleasing = false
    if (this.#held.size === 0) return
    const held = this.#held
    this.#held = new Map()
    this.#cancelTimer = this.#options.clock.schedule(() => {
      this.#cancelTimer = undefined
      this.#schedule()
    }, this.#intervalMs)
    this.#options.onRelease(held.values())
  }
}
