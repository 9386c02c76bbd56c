/**
 * The newest frames of a topic, for those who are a little behind.
 *
 * Not the history: that is the broker's. Rule: it ends where live delivery is, holds no hole, and at most
 * `TAIL_RING_BYTES`; what it cannot prove it does not give.
 */
import type { Position } from '@trunkline/core'
import type { PageLimit } from './broker.js'
import type { FramedEntry, Tail } from './framed-entry.js'

/** Most bytes of frames that a node keeps of one topic. */
export const TAIL_RING_BYTES = 262_144

export class TailRing implements Tail {
  /** The position before the first entry. */
  #base: Position
  #entries: (FramedEntry | undefined)[] = []
  #head = 0
  #bytes = 0
  readonly #maxBytes: number

  constructor(base: Position, maxBytes: number = TAIL_RING_BYTES) {
    this.#base = base
    this.#maxBytes = maxBytes
  }

  /** Empties it; it goes on after `base`. */
  reset(base: Position): void {
    this.#base = base
    this.#entries = []
    this.#head = 0
    this.#bytes = 0
  }

  /** Adds the next entry; the oldest go. */
  push(entry: FramedEntry): void {
    this.#entries.push(entry)
    this.#bytes += entry.frame.length
    while (this.#bytes > this.#maxBytes) this.#dropOldest()
    if (this.#head >= 64 && this.#head * 2 >= this.#entries.length) this.#compact()
  }

  /** Adds in front what was read from the broker: as much as joins the ring without a hole and has room. */
  prepend(after: Position, entries: readonly FramedEntry[]): void {
    const end = this.#base.offset - after.offset
    const joint = entries[end - 1]
    if (after.epoch !== this.#base.epoch || joint?.offset !== this.#base.offset || joint.tag !== this.#base.tag) return
    let start = end
    while (start > 0) {
      const length = entries[start - 1]?.frame.length ?? 0
      if (this.#bytes + length > this.#maxBytes) break
      this.#bytes += length
      start -= 1
    }
    if (start === end) return
    this.#compact()
    this.#entries = [...entries.slice(start, end), ...this.#entries]
    const before = entries[start - 1]
    this.#base = before === undefined ? after : { epoch: after.epoch, offset: before.offset, tag: before.tag }
  }

  /** The entries after a position; `undefined` where the ring cannot prove the position. */
  after(position: Position, limit: PageLimit): FramedEntry[] | undefined {
    if (position.epoch !== this.#base.epoch || this.tagAt(position.offset) !== position.tag) return undefined
    const first = this.#head + position.offset - this.#base.offset
    const entries: FramedEntry[] = []
    let bytes = 0
    for (let index = first; entries.length < limit.events; index++) {
      const entry = this.#entries[index]
      if (entry === undefined) break
      bytes += entry.frame.length
      if (bytes > limit.bytes && entries.length > 0) break
      entries.push(entry)
    }
    return entries
  }

  /** The position so many events before the end, or before the first event of all; `undefined` past the ring. */
  before(count: number): Position | undefined {
    const offset = Math.max(0, this.#base.offset + this.#entries.length - this.#head - count)
    const tag = this.tagAt(offset)
    return tag === undefined ? undefined : { epoch: this.#base.epoch, offset, tag }
  }

  /** The tag at an offset, from the one before the first entry to the last. */
  tagAt(offset: number): string | undefined {
    if (offset === this.#base.offset) return this.#base.tag
    return offset < this.#base.offset ? undefined : this.#entries[this.#head + offset - this.#base.offset - 1]?.tag
  }

  #dropOldest(): void {
    const entry = this.#entries[this.#head]
    if (entry === undefined) return
    this.#entries[this.#head] = undefined
    this.#head += 1
    this.#bytes -= entry.frame.length
    this.#base = { epoch: this.#base.epoch, offset: entry.offset, tag: entry.tag }
  }

  #compact(): void {
    this.#entries = this.#entries.slice(this.#head)
    this.#head = 0
  }
}
