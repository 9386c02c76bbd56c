/**
 * Outcomes of idempotent mutations, by key (P5.8).
 *
 * Not shared between nodes: this one lives in the process, as the in-memory broker does.
 * Rule: a key that was let go early changes the epoch, so that a repeat is told `maybe-executed` and not run again.
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
  /** Tells another input under the same key apart. */
  readonly input: string
  /** `undefined` while the first run goes on; `'lost'` when its result was too large to keep. */
  outcome: Outcome | 'lost' | undefined
  readonly waiting: ((outcome: Outcome | 'lost') => void)[]
  settledAt: number
}

export class KeyStore {
  /** Told to clients in `welcome`. */
  epoch: string = randomUUID()
  readonly #clock: Clock
  readonly #maxKeys: number
  readonly #entries = new Map<string, KeyEntry>()

  constructor(clock: Clock, maxKeys: number) {
    this.#clock = clock
    this.#maxKeys = maxKeys
  }

  get(scope: string): KeyEntry | undefined {
    const entry = this.#entries.get(scope)
    if (entry === undefined || !this.#isOver(entry)) return entry
    this.#entries.delete(scope)
    return undefined
  }

  /** Claims a key for a first run. */
  claim(scope: string, input: string): KeyEntry {
    this.#makeRoom()
    const entry: KeyEntry = { input, outcome: undefined, waiting: [], settledAt: 0 }
    this.#entries.set(scope, entry)
    return entry
  }

  /** Stores the outcome and tells who waited for it. `length` is the size of its frame. */
  settle(entry: KeyEntry, outcome: Outcome, length: number): void {
    entry.outcome = length > MAX_RESULT_LENGTH ? 'lost' : outcome
    entry.settledAt = this.#clock.now()
    // Who waited gets the result itself: it is at hand, whatever its size.
    for (const tell of entry.waiting.splice(0)) tell(outcome)
  }

  /** Lets go of what is older than ten minutes. */
  sweep(): void {
    for (const [scope, entry] of this.#entries) if (this.#isOver(entry)) this.#entries.delete(scope)
  }

  #isOver(entry: KeyEntry): boolean {
    return entry.outcome !== undefined && this.#clock.now() - entry.settledAt > KEEP_MS
  }

  #makeRoom(): void {
    if (this.#entries.size < this.#maxKeys) return
    this.sweep()
    for (const [scope, entry] of this.#entries) {
      if (this.#entries.size < this.#maxKeys) return
      if (entry.outcome === undefined) continue
      this.#entries.delete(scope)
      this.epoch = randomUUID()
    }
  }
}
