/**
 * Entries by key, in the order of their versions.
 *
 * Not a history: an entry that is set again takes the place of the one before, which is let go. Rule: what is newer than a
 * version is found by a search, without looking at what is older: thousands may be a little behind.
 */

/** What a table needs of its entries. */
export interface Versioned {
  readonly key: string
  readonly version: number
}

/** Where an entry stood; nothing stands there any more when its key was set again. */
interface Slot {
  readonly key: string
  readonly version: number
}

export class VersionedTable<TEntry extends Versioned> {
  readonly #byKey = new Map<string, TEntry>()
  /** By version. Holds no entries: one that was set again must not be kept, however large it was. */
  #slots: Slot[] = []

  get size(): number {
    return this.#byKey.size
  }

  /** The version of the newest entry; 0 while it is empty. */
  get version(): number {
    return this.#slots.at(-1)?.version ?? 0
  }

  get(key: string): TEntry | undefined {
    return this.#byKey.get(key)
  }

  /** Sets an entry that is newer than all others. */
  set(entry: TEntry): void {
    const { key, version } = entry
    this.#byKey.set(key, entry)
    this.#slots.push({ key, version })
    if (this.#slots.length > 2 * this.#byKey.size + 64) {
      this.#slots = this.#slots.filter((slot) => this.#at(slot) !== undefined)
    }
  }

  clear(): void {
    this.#byKey.clear()
    this.#slots = []
  }

  /** The entries that are newer than a version, oldest first. */
  *after(version: number): Generator<TEntry, void> {
    // A copy is not needed: whoever iterates does so in one turn.
    for (let index = this.#indexAfter(version); index < this.#slots.length; index++) {
      const entry = this.#at(this.#slots[index])
      if (entry !== undefined) yield entry
    }
  }

  #at(slot: Slot | undefined): TEntry | undefined {
    const entry = slot && this.#byKey.get(slot.key)
    return entry?.version === slot?.version ? entry : undefined
  }

  /** Index of the first slot that is newer. */
  #indexAfter(version: number): number {
    let low = 0
    let high = this.#slots.length
    while (low < high) {
      const middle = (low + high) >> 1
      if ((this.#slots[middle]?.version ?? 0) <= version) low = middle + 1
      else high = middle
    }
    return low
  }
}
