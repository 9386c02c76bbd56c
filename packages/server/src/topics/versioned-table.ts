/**
 * Entries by key, in the order of their versions, and the newest removals among them.
 *
 * Not a history: an entry that is set again takes the place of the one before, which is let go. Rule: what is newer than a
 * version is found by a search, without looking at what is older: thousands may be a little behind. An entry that was
 * removed is kept as its removal, so that who is behind learns of it; of these only the newest, within bounds.
 */

/** What a table needs of its entries. */
export interface Versioned {
  readonly key: string
  readonly version: number
  /** The entry is not part of the table any more. */
  readonly isRemoved?: boolean | undefined
}

/** How many removals are remembered at most, and how large they are together. */
const MAX_REMOVALS = 1_000
const MAX_REMOVAL_BYTES = 1_048_576

/** Where an entry stood; nothing stands there any more when its key was set again. */
interface Slot {
  readonly key: string
  readonly version: number
}

export class VersionedTable<TEntry extends Versioned> {
  readonly #sizeOf: (entry: TEntry) => number
  readonly #byKey = new Map<string, TEntry>()
  /** By version. Holds no entries: one that was set again must not be kept, however large it was. */
  #slots: Slot[] = []
  /** Keys whose entry is a removal, oldest first. */
  readonly #removals = new Set<string>()
  #bytes = 0
  #removalBytes = 0
  #version = 0
  #forgotten = 0

  /** @param sizeOf - what an entry counts. Default: nothing. */
  constructor(sizeOf: (entry: TEntry) => number = () => 0) {
    this.#sizeOf = sizeOf
  }

  /** Number of entries; those that were removed are none. */
  get size(): number {
    return this.#byKey.size - this.#removals.size
  }

  /** What its entries count together, without those that were removed. */
  get bytes(): number {
    return this.#bytes
  }

  /** How many removals are remembered, and what they count together. */
  get removals(): { readonly size: number; readonly bytes: number } {
    return { size: this.#removals.size, bytes: this.#removalBytes }
  }

  /** The version of the newest change; 0 before the first. */
  get version(): number {
    return this.#version
  }

  /** The version of the newest removal that is not remembered; 0 while all are. Who is at an older one may miss it. */
  get forgotten(): number {
    return this.#forgotten
  }

  /** The entry of a key, which may be its removal. */
  get(key: string): TEntry | undefined {
    return this.#byKey.get(key)
  }

  /** Sets or removes an entry; newer than all others. */
  set(entry: TEntry): void {
    const { key, version } = entry
    this.#drop(key)
    this.#version = version
    this.#byKey.set(key, entry)
    if (entry.isRemoved) {
      this.#removals.add(key)
      this.#removalBytes += this.#sizeOf(entry)
      while (this.#removals.size > MAX_REMOVALS || this.#removalBytes > MAX_REMOVAL_BYTES) this.#forget()
    } else this.#bytes += this.#sizeOf(entry)
    this.#slots.push({ key, version })
    if (this.#slots.length > 2 * this.#byKey.size + 64) {
      this.#slots = this.#slots.filter((slot) => this.#at(slot) !== undefined)
    }
  }

  /** @param forgotten - the version up to which removals are not known of what it will hold. */
  clear(forgotten = 0): void {
    this.#byKey.clear()
    this.#removals.clear()
    this.#slots = []
    this.#bytes = 0
    this.#removalBytes = 0
    this.#version = 0
    this.#forgotten = forgotten
  }

  /** The entries that are newer than a version, removals among them, oldest first. */
  *after(version: number): Generator<TEntry, void> {
    // A copy is not needed: whoever iterates does so in one turn.
    for (let index = this.#indexAfter(version); index < this.#slots.length; index++) {
      const entry = this.#at(this.#slots[index])
      if (entry !== undefined) yield entry
    }
  }

  #forget(): void {
    const [key = ''] = this.#removals
    this.#forgotten = Math.max(this.#forgotten, this.#byKey.get(key)?.version ?? 0)
    this.#drop(key)
  }

  #drop(key: string): void {
    const entry = this.#byKey.get(key)
    if (entry === undefined) return
    this.#byKey.delete(key)
    if (this.#removals.delete(key)) this.#removalBytes -= this.#sizeOf(entry)
    else this.#bytes -= this.#sizeOf(entry)
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
