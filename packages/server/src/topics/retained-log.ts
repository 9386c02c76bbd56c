/**
 * The history of one topic in memory.
 *
 * Not a broker: no listeners and no ids. Rule: offsets have no holes, tags chain, and the newest entry stays until its
 * age lets it go, however large it is.
 */
import type { EncodedPayload, Position } from '@trunkline/core'
import { payloadLength } from '../payload.js'
import type { LogEntry, PageLimit, Retention } from './broker.js'
import { chainTag } from './chain-tag.js'
import type { HistoryView } from './prove-position.js'

export class RetainedLog implements HistoryView {
  readonly epoch: string
  goneBy: 'trimmed' | 'expired' = 'trimmed'
  /** Entries before `#head` are gone; their slots are reclaimed together. */
  #entries: (LogEntry | undefined)[] = []
  #head = 0
  #bytes = 0
  #top: Position
  /** Tag of the entry before the oldest that is kept. */
  #baseTag = ''
  #ageMs = 0

  constructor(epoch: string) {
    this.epoch = epoch
    this.#top = { epoch, offset: 0, tag: '' }
  }

  get top(): Position {
    return this.#top
  }

  get size(): number {
    return this.#entries.length - this.#head
  }

  /** What its entries take, encoded. */
  get bytes(): number {
    return this.#bytes
  }

  /** By how much an entry would make it larger, where each counts `entryCost` besides: what it drives out is taken off. */
  growth(payload: EncodedPayload, { events, bytes: maxBytes }: Retention, entryCost: number): number {
    let size = this.size + 1
    let bytes = this.#bytes + payloadLength(payload)
    for (let next = this.#head; size > 1 && (size > events || bytes > maxBytes); next++, size--) {
      const dropped = this.#entries[next]
      if (dropped !== undefined) bytes -= payloadLength(dropped.payload)
    }
    return bytes - this.#bytes + (size - this.size) * entryCost
  }

  get oldest(): number {
    return this.#top.offset - this.size + 1
  }

  tagAt(offset: number): string {
    return this.#at(offset)?.tag ?? this.#baseTag
  }

  append(id: string, payload: EncodedPayload, atMs: number, retention: Retention): LogEntry {
    const { epoch, offset, tag: previousTag } = this.#top
    const tag = chainTag(previousTag, id)
    const entry: LogEntry = { epoch, offset: offset + 1, tag, previousTag, id, payload, atMs }
    this.#entries.push(entry)
    this.#bytes += payloadLength(payload)
    this.#top = { epoch, offset: offset + 1, tag }
    this.#ageMs = retention.ageMs
    this.#expire(atMs)
    while (this.size > retention.events || (this.#bytes > retention.bytes && this.size > 1)) this.#dropOldest('trimmed')
    this.#compact()
    return entry
  }

  /** Entries after an offset that is kept or the one before the oldest. */
  after(offset: number, limit: PageLimit): LogEntry[] {
    const entries: LogEntry[] = []
    let bytes = 0
    for (let next = offset + 1; entries.length < limit.events; next++) {
      const entry = this.#at(next)
      if (entry === undefined) break
      bytes += payloadLength(entry.payload)
      if (bytes > limit.bytes && entries.length > 0) break
      entries.push(entry)
    }
    return entries
  }

  /** Lets go of what is older than the retention. */
  expire(nowMs: number): void {
    this.#expire(nowMs)
    this.#compact()
  }

  /** Loses the newest entries, as a broker that fails over to a replica which lags does. */
  loseAfter(offset: number): void {
    while (this.#top.offset > offset && this.size > 0) {
      const entry = this.#entries.pop()
      if (entry === undefined) break
      this.#bytes -= payloadLength(entry.payload)
      this.#top = { epoch: this.epoch, offset: entry.offset - 1, tag: entry.previousTag }
    }
  }

  #at(offset: number): LogEntry | undefined {
    const index = offset - this.oldest
    return index < 0 ? undefined : this.#entries[this.#head + index]
  }

  #expire(nowMs: number): void {
    for (;;) {
      const oldest = this.#entries[this.#head]
      if (oldest === undefined || nowMs - oldest.atMs <= this.#ageMs) return
      this.#dropOldest('expired')
    }
  }

  #dropOldest(reason: 'trimmed' | 'expired'): void {
    const entry = this.#entries[this.#head]
    if (entry === undefined) return
    this.#entries[this.#head] = undefined
    this.#head += 1
    this.#bytes -= payloadLength(entry.payload)
    this.#baseTag = entry.tag
    this.goneBy = reason
  }

  #compact(): void {
    if (this.#head < 64 || this.#head * 2 < this.#entries.length) return
    this.#entries = this.#entries.slice(this.#head)
    this.#head = 0
  }
}
