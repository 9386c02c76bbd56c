/**
 * Entries by key, in the order of their versions.
 *
 * Not a history: an entry that is set again takes the place of the one before. Rule: what is newer than a version is
 * found by a search, without looking at what is older: thousands may be a little behind.
 */

/** What a table needs of its entries. */
export interface Versioned {
  readonly key: string
  readonly version: number
}

export class VersionedTable<TEntry extends Versioned> {
  readonly #byKey = new Map<string, TEntry>()
  /** By version. What was set again since is still in it, until there is more of that than of entries. */
  #ordered: TEntry[] = []

  get size(): number {
    return this.#byKey.size
  }

  /** The version of the newest entry; 0 while it is empty. */
  get version(): number {
    return this.#ordered.at(-1)?.version ?? 0
  }

  get(key: string): TEntry | undefined {
    return this.#byKey.get(key)
  }

  /** Sets an entry that is newer than all others. */
  set(entry: TEntry): void {
    this.#byKey.set(entry.key, entry)
    this.#ordered.push(entry)
    if (this.#ordered.length > 2 * this.#byKey.size + 64) {
      this.#ordered = this.#ordered.filter((each) => this.#byKey.get(each.key) === each)
    }
  }

  clear(): void {
    this.#byKey.clear()
    this.#ordered = []
  }

  /** The entries that are newer than a version, oldest first. */
  *after(version: number): Generator<TEntry, void> {
    // A copy is not needed: whoever iterates does so in one turn.
    for (let index = this.#indexAfter(version); index < this.#ordered.length; index++) {
      const entry = this.#ordered[index]
      if (entry !== undefined && this.#byKey.get(entry.key) === entry) yield entry
    }
  }

  /** Index of the first entry that is newer. */
  #indexAfter(version: number): number {
    let low = 0
    let high = this.#ordered.length
    while (low < high) {
      const middle = (low + high) >> 1
      if ((this.#ordered[middle]?.version ?? 0) <= version) low = middle + 1
      else high = middle
    }
    return low
  }
}
