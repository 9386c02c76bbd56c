/**
 * Whether a position stands in a history (P7.4), and what is missing where it does not (P7.5).
 *
 * Not a broker: any broker that can say its top, its oldest entry and the tags between them proves the same way.
 * Rule: what is not proved is a gap; nothing is assumed.
 */
import type { Gap, Position } from '@trunkline/core'
import type { ReadFrom } from './broker.js'

/** What a proof needs to know of a history. */
export interface HistoryView {
  readonly top: Position
  /** Offset of the oldest entry that is kept; one past the top's when none is. */
  readonly oldest: number
  /** Why the entries before the oldest are gone. */
  readonly goneBy: 'trimmed' | 'expired'
  /** The tag at an offset from `oldest - 1` to the top's. */
  tagAt(offset: number): string
}

/** The position before the oldest entry that is kept. */
export function oldestPosition(view: HistoryView): Position {
  const offset = view.oldest - 1
  return { epoch: view.top.epoch, offset, tag: view.tagAt(offset) }
}

/** Where a read begins, and the gap before that if there is one. */
export function locate(from: ReadFrom, view: HistoryView): { after: Position; gap: Gap | undefined } {
  if (from === 'start') return { after: oldestPosition(view), gap: undefined }
  if ('last' in from) {
    const offset = Math.max(view.oldest - 1, view.top.offset - from.last)
    return { after: { epoch: view.top.epoch, offset, tag: view.tagAt(offset) }, gap: undefined }
  }
  const gap = findGap(from, view)
  return { after: gap?.position ?? from, gap }
}

/** The gap between a position and what a history can give after it; `undefined` when the position is proved. */
export function findGap(position: Position, view: HistoryView): Gap | undefined {
  const { top, oldest } = view
  if (position.epoch !== top.epoch) return { reason: 'epoch', position: top }
  if (position.offset > top.offset) return { reason: 'rewound', position: top }
  // The entry before the oldest is gone, but the oldest names its tag: that position can still be proved.
  if (position.offset >= oldest - 1) {
    return view.tagAt(position.offset) === position.tag ? undefined : { reason: 'rewound', position: top }
  }
  return { reason: view.goneBy, missed: oldest - 1 - position.offset, position: oldestPosition(view) }
}
