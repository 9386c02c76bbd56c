/**
 * Outcomes of idempotent mutations, by key (P5.8).
 *
 * Not shared between nodes: this one lives in the process, as the in-memory broker does.
 * Rule: a key that was let go early changes the epoch, so that a repeat is told `maybe-executed` and not run again. One whose
 * first run goes on is never let go: where only such are left, there is no room for another.
 */
import { randomUUID } from 'node:crypto'
import type { Clock } from '@trunkline/core'

/** Results are remembered for ten minutes. */
const KEEP_MS = 600_000
/** Largest stored result, in UTF-16 units of its frame. */
const MAX_RESULT_LENGTH = 65_536

/** What became of the first run: the frame to answer with, without its id. */
export type Outcome = (id: number) => string | Uint8Array

/** One key. */
export interface KeyEntry {
  readonly scope: string
  /** Tells another input under the same key apart. */
  readonly input: string
  /** `undefined` while the first run goes on; `'lost'` when its result was too large to keep. */
  outcome: Outcome | 'lost' | undefined
  /** Repeats that wait for the first run. */
  readonly waiting: Set<(outcome: Outcome) => void>
  settledAt: number
}

export class KeyStore {
  /** Told to clients in `welcome`. */
  epoch: string = randomUUID()
  readonly #clock: Clock
  readonly #maxKeys: number
  readonly #running = new Map<string, KeyEntry>()
  /** In the order in which they settled, so that the oldest is always the first. */
  readonly #settled = new Map<string, KeyEntry>()

  constructor(clock: Clock, maxKeys: number) {
    this.#clock = clock
    this.#maxKeys = maxKeys
  }

  get(scope: string): KeyEntry | undefined {
    const running = this.#running.get(scope)
    if (running !== undefined) return running
    const settled = this.#settled.get(scope)
    return settled === undefined || this.#isOver(settled) ? undefined : settled
  }

  /** Claims a key for a first run; `undefined` where every key that is kept belongs to a run that goes on. */
  claim(scope: string, input: string): KeyEntry | undefined {
    if (this.#running.size >= this.#maxKeys) return undefined
    // What is over under this key would stand in the way when the new run settles.
    this.#settled.delete(scope)
    if (this.#running.size + this.#settled.size >= this.#maxKeys) this.#letOldestGo()
    const entry: KeyEntry = { scope, input, outcome: undefined, waiting: new Set(), settledAt: 0 }
    this.#running.set(scope, entry)
    return entry
  }

  /** Stores the outcome and tells who waited for it. `length` is the size of its frame. */
  settle(entry: KeyEntry, outcome: Outcome, length: number): void {
    entry.outcome = length > MAX_RESULT_LENGTH ? 'lost' : outcome
    entry.settledAt = this.#clock.now()
    this.#running.delete(entry.scope)
    this.#settled.set(entry.scope, entry)
    // Who waited gets the result itself: it is at hand, whatever its size.
    for (const tell of entry.waiting) tell(outcome)
    entry.waiting.clear()
  }

  /** Lets go of what is older than ten minutes. */
  sweep(): void {
    for (const [scope, entry] of this.#settled) {
      if (!this.#isOver(entry)) return
      this.#settled.delete(scope)
    }
  }

  #isOver(entry: KeyEntry): boolean {
    return this.#clock.now() - entry.settledAt > KEEP_MS
  }

  #letOldestGo(): void {
    for (const [scope, entry] of this.#settled) {
      this.#settled.delete(scope)
      if (!this.#isOver(entry)) this.epoch = randomUUID()
      return
    }
  }
}
