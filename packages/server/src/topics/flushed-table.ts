/**
 * The table of a `latest` topic as the live subscribers of this node have it, for those who are behind.
 *
 * Not what the broker keeps now: a throttled change is not in it yet. Rule: it ends where live delivery is (Invariant L),
 * and its positions carry the tag of its base, so that a table which went back is told from the one before. Nobody goes on
 * behind a position after which a removal may have been forgotten.
 */
import { type GapReason, isPosition, type Position } from '@trunkline/core'
import type { ReadFrom } from './broker.js'
import { type Cursor, type FramedEntry, type FramedPage, PAGE_LIMIT, type Tail } from './framed-entry.js'
import { VersionedTable } from './versioned-table.js'

interface Flushed {
  readonly key: string
  readonly version: number
  readonly isRemoved: boolean | undefined
  readonly entry: FramedEntry
}

export class FlushedTable implements Tail {
  /** The position before all of its entries. */
  #base: Position = { epoch: '', offset: 0, tag: '' }
  readonly #entries = new VersionedTable<Flushed>(({ entry }) => entry.frame.length)

  /** @param forgotten - the version up to which removals are not known. */
  reset(base: Position, forgotten = 0): void {
    this.#base = base
    this.#entries.clear(forgotten)
  }

  push(entry: FramedEntry): void {
    this.#entries.set({ key: entry.key ?? '', version: entry.offset, isRemoved: entry.isRemoved, entry })
  }

  tagAt(): string {
    return this.#base.tag
  }

  /** Whether a position belongs to this table as it is now, or will be shortly. */
  isOwn(position: Position): boolean {
    return position.epoch === this.#base.epoch && position.tag === this.#base.tag
  }

  /** Whether a position is further than the table. */
  isAhead(position: Position): boolean {
    return this.isOwn(position) && position.offset > this.#entries.version
  }

  /** The entries that are newer than a position; all of them, behind a gap, where it cannot be continued. */
  page(from: ReadFrom): FramedPage {
    if (!isPosition(from)) return this.#whole(undefined)
    const isKnown = this.isOwn(from) && !this.isAhead(from)
    // At the base nothing was seen that could have been removed.
    if (isKnown && from.offset === 0) return this.#whole(undefined)
    const { begunAt = 0 } = from as Cursor // of a position from elsewhere it is undefined
    if (isKnown && Math.max(from.offset, begunAt) >= this.#entries.forgotten) {
      return { after: from, begunAt, entries: this.#after(from.offset, begunAt), gap: undefined }
    }
    return this.#whole(isKnown ? 'trimmed' : from.epoch === this.#base.epoch ? 'rewound' : 'epoch')
  }

  #whole(reason: GapReason | undefined): FramedPage {
    const position = this.#base
    const begunAt = this.#entries.version
    return { after: position, begunAt, entries: this.#after(0, begunAt), gap: reason && { reason, position } }
  }

  #after(version: number, begunAt: number): FramedEntry[] {
    const entries: FramedEntry[] = []
    let bytes = 0
    for (const { entry, isRemoved } of this.#entries.after(version)) {
      // Who never had it is told nothing, unless it is the newest change: that says where the table is.
      if (isRemoved && entry.offset <= begunAt && entry.offset < this.#entries.version) continue
      bytes += entry.frame.length
      if (entries.length > 0 && (entries.length === PAGE_LIMIT.events || bytes > PAGE_LIMIT.bytes)) break
      entries.push(entry)
    }
    return entries
  }
}
