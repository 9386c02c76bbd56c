/**
 * What a node hears of a topic, put right by reads: the loop that both kinds of topics share.
 *
 * Not the judge of what follows what: a history (intake.ts) and a table (table-intake.ts) say that. What is heard is a
 * hint: it may miss, repeat or come from a past that a failover undid. Rule: whatever is not the next one is settled by a
 * read that began after it was heard; while one is under way, entries wait for it.
 */
import type { Clock } from '@trunkline/core'
import { Pause, retryDelayMs } from './retry.js'

/** Entries that are kept while a read is under way; past it the read is done once more instead. */
const MAX_HEARD = 256
/** How long a read may take before nobody is told any more that the topic is current, in milliseconds. */
const SLOW_READ_MS = 1_000
/** Tries to read what was heard but the broker does not give; then it was never part of the topic. */
const MAX_TRIES = 6

/** What only the topic's kind knows. */
export interface HeardOptions<TEntry, TPage> {
  readonly clock: Clock
  /** Reads what follows the last entry that was taken, no older than this call. */
  readonly read: () => Promise<TPage>
  /** Takes what was read: whether the place moved, and whether there is more to read. */
  readonly apply: (page: TPage) => { readonly hasMoved: boolean; readonly hasMore: boolean }
  /** Takes an entry if it is the next one or known. False where only the broker can tell what it means. */
  readonly take: (entry: TEntry) => boolean
  /** Whether an entry is no newer than the last one taken: then the proof of that one settled it. */
  readonly isPast: (entry: TEntry) => boolean
  readonly whenFlushed: () => Promise<void>
  /** A read failed, takes long (then there is no `error`), or succeeded. */
  readonly onProved: (isProved: boolean, error?: unknown) => void
}

export class HeardEntries<TEntry, TPage> {
  readonly #options: HeardOptions<TEntry, TPage>
  /** What was heard and could not be taken yet, oldest first. */
  #heard: TEntry[] = []
  /** Set while the topic is being read: then hearing only adds to `#heard`. */
  #reading = true
  #again = false
  #repairing: Promise<void> = Promise.resolve()
  readonly #pause = new Pause()
  #closed = false

  constructor(options: HeardOptions<TEntry, TPage>) {
    this.#options = options
  }

  /** Takes what was heard while the topic opened; until then everything waits. */
  start(): void {
    this.#reading = false
    const heard = this.#heard
    this.#heard = []
    for (const entry of heard) this.hear(entry)
  }

  hear(entry: TEntry): void {
    if (this.#closed) return
    if (this.#reading) {
      if (this.#heard.length >= MAX_HEARD) {
        this.#heard = []
        this.#again = true
      }
      this.#heard.push(entry)
    } else if (!this.#options.take(entry)) {
      this.#heard.push(entry)
      void this.repair()
    }
  }

  /** Reads until nothing is missing. Never rejects; while the broker does not answer it tries on. */
  repair(): Promise<void> {
    if (this.#closed) return Promise.resolve()
    if (this.#reading) {
      // The read that is under way may have begun too early for this caller.
      this.#again = true
      return this.#repairing
    }
    this.#reading = true
    this.#repairing = this.#repair()
    return this.#repairing
  }

  close(): void {
    this.#closed = true
    this.#heard = []
    this.#pause.end()
  }

  async #repair(): Promise<void> {
    const { apply, clock, onProved, whenFlushed } = this.#options
    let attempt = 0
    do {
      this.#again = false
      const earlier = this.#heard
      this.#heard = []
      let page: TPage
      try {
        page = await this.#read()
      } catch (error) {
        if (this.#closed) return
        onProved(false, error)
        this.#keep(earlier)
        await this.#pause.wait(clock, retryDelayMs(attempt++))
        continue
      }
      if (this.#closed) return
      const { hasMoved, hasMore } = apply(page)
      // A broker that says that there is more and gives nothing of it is asked on, and proves nothing meanwhile.
      const isWithheld = hasMore && !hasMoved
      onProved(!isWithheld)
      if (hasMore) this.#again = true
      if (hasMoved) attempt = 0
      const ahead = this.#settle(earlier)
      // The broker gave less than was heard: a replica that lags, or a tail that is lost.
      const isAhead = ahead.length > 0 && attempt < MAX_TRIES
      if (isAhead) this.#keep(ahead)
      if (isWithheld || (isAhead && !hasMoved)) await this.#pause.wait(clock, retryDelayMs(attempt++))
    } while (this.#again && !this.#closed)
    this.#reading = false
    await whenFlushed()
  }

  /** Reads; what takes its time may be what nobody has heard. */
  async #read(): Promise<TPage> {
    const { read, clock, onProved } = this.#options
    const cancel = clock.schedule(() => {
      if (!this.#closed) onProved(false)
    }, SLOW_READ_MS)
    try {
      return await read()
    } finally {
      cancel()
    }
  }

  /**
   * Goes through what was heard, before the page that was just taken was read and during that. Gives the entries of the
   * first kind that the broker should have given: they are not taken even where they fit, since one that was undone
   * between hearing and reading fits as well. One of the second kind that is no successor asks for another read.
   */
  #settle(earlier: readonly TEntry[]): TEntry[] {
    const { take, isPast } = this.#options
    const during = this.#heard
    this.#heard = []
    const ahead = earlier.filter((entry) => !isPast(entry))
    for (const entry of during) {
      if (take(entry)) continue
      this.#again = true
      this.#heard.push(entry)
    }
    return ahead
  }

  /** Another read must settle these as well. */
  #keep(entries: readonly TEntry[]): void {
    this.#heard = [...entries, ...this.#heard].slice(-MAX_HEARD)
    this.#again = true
  }
}
