/**
 * Outcomes of idempotent mutations, by key (P5.8).
 *
 * Not shared between nodes: this one lives in the process, as the in-memory broker does.
 * Rule: a key that was let go early changes the epoch of its identity, so that a repeat is told `maybe-executed` and not run
 * again. One whose first run goes on is never let go: where only such are left, there is no room for another. Who has many
 * keys makes room by its own, and has no more than half of all running: no identity can make the keys of all others be
 * forgotten, or keep others out.
 */
import { randomUUID } from 'node:crypto'
import type { Clock } from '@trunkline/core'

/** Results are remembered for ten minutes. */
const KEEP_MS = 600_000
/** Largest stored result, in UTF-16 units of its frame. */
const MAX_RESULT_LENGTH = 65_536
/** Results of all keys together, in the same units. */
const MAX_RESULTS_LENGTH = 67_108_864
/** Whoever has so much of all keys makes room by its own. */
const SHARE = 1 / 10
/** Nobody has more than so much of all keys running. All who are not known are one identity, so it is no tenth. */
const RUNNING_SHARE = 1 / 2

/** What became of the first run: the frame to answer with, without its id. */
export type Outcome = (id: number) => string | Uint8Array

/** One key. */
export interface KeyEntry {
  readonly scope: string
  readonly identity: string
  /** Tells another input under the same key apart. */
  readonly input: string
  /** `undefined` while the first run goes on; `'lost'` when its result was too large to keep. */
  outcome: Outcome | 'lost' | undefined
  /** Repeats that wait for the first run. */
  readonly waiting: Set<(outcome: Outcome) => void>
  /** Of the result that is kept. */
  length: number
  settledAt: number
}

/** What an identity has; it is there while there is something to say. */
interface Owner {
  /** In the order in which they settled. */
  readonly settled: Set<KeyEntry>
  /** How many of its first runs go on. */
  running: number
  /** Set when a key was let go early, until every key of that time is over. */
  epoch: string | undefined
  epochSince: number
}

export class KeyStore {
  /** Of everybody who lost no key early. */
  #epoch: string = randomUUID()
  readonly #owners = new Map<string, Owner>()
  #resultsLength = 0
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

  /** Told to the clients of an identity in `welcome`. */
  epochOf(identity: string): string {
    return this.#owners.get(identity)?.epoch ?? this.#epoch
  }

  /**
   * Claims a key for a first run; `'full'` where every key that is kept belongs to a run that goes on, `'share'` where half
   * of them are of this identity.
   */
  claim(identity: string, scope: string, input: string): KeyEntry | 'full' | 'share' {
    if (this.#running.size >= this.#maxKeys) return 'full'
    const running = this.#owners.get(identity)?.running ?? 0
    if (running >= this.#maxKeys * RUNNING_SHARE) return 'share'
    // What is over under this key would stand in the way when the new run settles.
    const over = this.#settled.get(scope)
    if (over !== undefined) this.#letGo(over)
    if (this.#running.size + this.#settled.size >= this.#maxKeys) this.#makeRoom(identity)
    const entry: KeyEntry = {
      scope,
      identity,
      input,
      outcome: undefined,
      waiting: new Set(),
      length: 0,
      settledAt: 0,
    }
    this.#running.set(scope, entry)
    this.#owner(identity).running += 1
    return entry
  }

  /** Stores the outcome and tells who waited for it. `length` is the size of its frame. */
  settle(entry: KeyEntry, outcome: Outcome, length: number): void {
    const isKept = length <= MAX_RESULT_LENGTH
    entry.outcome = isKept ? outcome : 'lost'
    entry.length = isKept ? length : 0
    entry.settledAt = this.#clock.now()
    this.#running.delete(entry.scope)
    this.#settled.set(entry.scope, entry)
    const owner = this.#owner(entry.identity)
    owner.settled.add(entry)
    owner.running -= 1
    this.#resultsLength += entry.length
    while (this.#resultsLength > MAX_RESULTS_LENGTH) this.#makeRoom(entry.identity)
    // Who waited gets the result itself: it is at hand, whatever its size.
    for (const tell of entry.waiting) tell(outcome)
    entry.waiting.clear()
  }

  /** Lets go of what is older than ten minutes. */
  sweep(): void {
    for (const entry of this.#settled.values()) {
      if (!this.#isOver(entry)) break
      this.#letGo(entry)
    }
    for (const [identity, owner] of this.#owners) {
      // Keys that were let go early would be over by now as well.
      if (owner.epoch !== undefined && this.#clock.now() - owner.epochSince > KEEP_MS) owner.epoch = undefined
      this.#forget(identity, owner)
    }
  }

  #isOver(entry: KeyEntry): boolean {
    return this.#clock.now() - entry.settledAt > KEEP_MS
  }

  /** Lets the oldest key go: of the identity that needs room if it has its share, else of all. */
  #makeRoom(identity: string): void {
    const own = this.#owners.get(identity)?.settled
    const hasShare = own !== undefined && own.size >= this.#maxKeys * SHARE
    for (const oldest of hasShare ? own : this.#settled.values()) {
      const isEarly = !this.#isOver(oldest)
      this.#letGo(oldest)
      if (isEarly) this.#changeEpoch(oldest.identity)
      return
    }
  }

  #letGo(entry: KeyEntry): void {
    this.#settled.delete(entry.scope)
    this.#resultsLength -= entry.length
    const owner = this.#owners.get(entry.identity)
    owner?.settled.delete(entry)
    if (owner !== undefined) this.#forget(entry.identity, owner)
  }

  #changeEpoch(identity: string): void {
    const owner = this.#owner(identity)
    owner.epoch = randomUUID()
    owner.epochSince = this.#clock.now()
    if (this.#owners.size <= 2 * this.#maxKeys) return
    // Identities may be made up as well: what those lost is said of everybody instead.
    this.#epoch = randomUUID()
    for (const [other, each] of this.#owners) {
      each.epoch = undefined
      this.#forget(other, each)
    }
  }

  #owner(identity: string): Owner {
    const known = this.#owners.get(identity)
    if (known !== undefined) return known
    const owner: Owner = { settled: new Set(), running: 0, epoch: undefined, epochSince: 0 }
    this.#owners.set(identity, owner)
    return owner
  }

  #forget(identity: string, { settled, running, epoch }: Owner): void {
    if (settled.size === 0 && running === 0 && epoch === undefined) this.#owners.delete(identity)
  }
}
