/**
 * The table of a `latest` topic as the live subscribers of this node have it, for those who are behind.
 *
 * Not what the broker keeps now: a throttled change is not in it yet. Rule: it ends where live delivery is (Invariant L),
 * and its positions carry the tag of its base, so that a table which went back is told from the one before.
 */
import type { Position } from '@trunkline/core'
import type { ReadFrom } from './broker.js'
import { type FramedEntry, type FramedPage, PAGE_LIMIT, type Tail } from './framed-entry.js'
import { VersionedTable } from './versioned-table.js'

interface Flushed {
  readonly key: string
  readonly version: number
  readonly entry: FramedEntry
}

export class FlushedTable implements Tail {
  /** The position before all of its entries. */
  #base: Position = { epoch: '', offset: 0, tag: '' }
  readonly #entries = new VersionedTable<Flushed>()

  reset(base: Position): void {
    this.#base = base
    this.#entries.clear()
  }

  push(entry: FramedEntry): void {
    this.#entries.set({ key: entry.key ?? '', version: entry.offset, entry })
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

  /** The entries that are newer than a position; all of them, behind a gap, where it is not one of this table. */
  page(from: ReadFrom): FramedPage {
    const isPosition = typeof from === 'object' && 'epoch' in from
    if (isPosition && this.isOwn(from) && !this.isAhead(from)) {
      return { after: from, entries: this.#after(from.offset), gap: undefined }
    }
    const base = this.#base
    const reason = isPosition && from.epoch === base.epoch ? 'rewound' : 'epoch'
    return { after: base, entries: this.#after(0), gap: isPosition ? { reason, position: base } : undefined }
  }

  #after(version: number): FramedEntry[] {
    const entries: FramedEntry[] = []
    let bytes = 0
    for (const { entry } of this.#entries.after(version)) {
      bytes += entry.frame.length
      if (entries.length > 0 && (entries.length === PAGE_LIMIT.events || bytes > PAGE_LIMIT.bytes)) break
      entries.push(entry)
    }
    return entries
  }
}
