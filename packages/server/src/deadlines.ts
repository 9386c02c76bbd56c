/**
 * Deadlines of all calls of a server on one timer.
 *
 * Not exact: a deadline fires up to twice `GRAIN_MS` late and never early. Rule: adding and removing are a set operation each.
 */
import type { Clock } from '@trunkline/core'

const GRAIN_MS = 50

/** Something that has a deadline. */
export interface Expirable {
  /** The bucket it is in; owned by Deadlines. */
  deadlineBucket: number
  expire(): void
}

export class Deadlines {
  readonly #clock: Clock
  readonly #buckets = new Map<number, Set<Expirable>>()
  #cancelTimer: (() => void) | undefined

  constructor(clock: Clock) {
    this.#clock = clock
  }

  add(entry: Expirable, delayMs: number): void {
    const bucket = Math.ceil((this.#clock.now() + delayMs) / GRAIN_MS)
    entry.deadlineBucket = bucket
    const entries = this.#buckets.get(bucket)
    if (entries !== undefined) entries.add(entry)
    else this.#buckets.set(bucket, new Set([entry]))
    this.#cancelTimer ??= this.#clock.schedule(this.#tick, GRAIN_MS)
  }

  remove(entry: Expirable): void {
    const entries = this.#buckets.get(entry.deadlineBucket)
    if (entries?.delete(entry) && entries.size === 0) this.#buckets.delete(entry.deadlineBucket)
  }

  close(): void {
    this.#cancelTimer?.()
    this.#buckets.clear()
  }

  #tick = (): void => {
    const current = Math.floor(this.#clock.now() / GRAIN_MS)
    for (const [bucket, entries] of this.#buckets) {
      if (bucket > current) continue
      this.#buckets.delete(bucket)
      for (const entry of entries) entry.expire()
    }
    this.#cancelTimer = this.#buckets.size > 0 ? this.#clock.schedule(this.#tick, GRAIN_MS) : undefined
  }
}
