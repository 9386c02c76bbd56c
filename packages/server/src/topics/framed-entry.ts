/**
 * Events as their frames: written once per node and event, sent to everyone.
 *
 * Rule: nothing in a frame belongs to one subscriber (P6.3).
 */
import { type EncodedPayload, type Gap, isPosition, type Position } from '@trunkline/core'
import { writeEntry, writeEvent } from '@trunkline/core/protocol'
import { writePayload } from '../payload.js'
import type { LogEntry, Page, PageLimit, ReadFrom } from './broker.js'
import type { TableEntry } from './latest-store.js'

/** A kept event as it travels. */
export interface FramedEntry {
  readonly offset: number
  readonly tag: string
  /** Of an entry of a table: then `offset` is its version. */
  readonly key?: string | undefined
  /** It takes that entry out of the table. */
  readonly isRemoved?: boolean | undefined
  /** Text of one frame, or a whole binary message. */
  readonly frame: string | Uint8Array
}

/** Where a subscriber that is behind stands. */
export interface Cursor extends Position {
  /**
   * Of a table that is read from its base: the version that it had when that began. What was removed up to then was never
   * handed over.
   */
  readonly begunAt?: number | undefined
}

/** What follows a position, framed. */
export interface FramedPage {
  readonly after: Position
  /** For the cursors behind this page. */
  readonly begunAt?: number | undefined
  readonly entries: readonly FramedEntry[]
  readonly gap: Gap | undefined
}

/** A page that the broker gave, with its newest position then. */
export interface BrokerPage extends FramedPage {
  readonly top: Position
}

/** Where subscribers read what they have not seen. */
export interface PageReader {
  /** What this node has at hand; `undefined` where only the broker can tell. */
  tail(from: ReadFrom): FramedPage | undefined
  /** @throws TrunklineError `BROKER_UNAVAILABLE`. */
  read(from: ReadFrom): Promise<FramedPage>
}

/** Where fan-out leaves what it handed out. */
export interface Tail {
  /** Goes on after `base`; what was before it is of no use any more. */
  reset(base: Position): void
  push(entry: FramedEntry): void
  /** The tag at an offset, where it is known. */
  tagAt(offset: number): string | undefined
}

/** How much of a history is read at once. */
export const PAGE_LIMIT: PageLimit = { events: 128, bytes: 131_072 }

/** Writes the frame of a kept event. */
export function frameEntry(as: number, entry: LogEntry): FramedEntry {
  const { offset, tag, payload } = entry
  // Most payloads are text: no closure for those.
  const frame =
    typeof payload === 'string'
      ? writeEvent(as, offset, tag, payload)
      : writePayload(payload, (fragment) => writeEvent(as, offset, tag, fragment))
  return { offset, tag, frame }
}

/** Writes the frame of an entry of a table. `tag` is that of the table's positions. */
export function frameTableEntry(as: number, tag: string, entry: TableEntry): FramedEntry {
  const { version, key, isRemoved, payload } = entry
  const frame = writePayload(payload, (fragment) => writeEntry(as, version, key, isRemoved, fragment))
  return { offset: version, tag, key, isRemoved, frame }
}

/** Writes the frame of an ephemeral event. */
export function frameEphemeral(as: number, payload: EncodedPayload): string | Uint8Array {
  return writePayload(payload, (fragment) => writeEvent(as, undefined, undefined, fragment))
}

/**
 * Frames a page and checks that it is what a broker must give.
 *
 * @throws Error when it does not begin where was asked, without a gap that says so, or an entry does not follow the one
 * before it: then nothing of the page is used.
 */
export function framePage(as: number, from: ReadFrom, page: Page): BrokerPage {
  const begin = page.gap?.position ?? (isPosition(from) ? from : page.after)
  if (!isSamePosition(page.after, begin)) {
    throw new Error(`The broker's page begins after ${page.after.offset}, and not after ${begin.offset}.`)
  }
  let { offset, tag } = page.after
  const entries = page.entries.map((entry) => {
    offset += 1
    if (entry.offset !== offset || entry.previousTag !== tag) {
      throw new Error(`The broker's page after ${page.after.offset} has a hole before ${entry.offset}.`)
    }
    tag = entry.tag
    return frameEntry(as, entry)
  })
  return { after: page.after, entries, gap: page.gap, top: page.top }
}

/** Whether two positions are one. */
export function isSamePosition(a: Position, b: Position): boolean {
  return a.offset === b.offset && a.tag === b.tag && a.epoch === b.epoch
}
