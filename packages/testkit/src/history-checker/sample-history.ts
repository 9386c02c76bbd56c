// For the tests of this folder: histories with real tags, written down as lists of ids.
import { hash } from 'node:crypto'
import type { Position } from '@trunkline/core'
import type { HistoryEntry } from './topic-history.js'

/** The entries of these ids, chained (P7.3) behind `after`. */
export function chain(ids: string, after: Position = { epoch: 'e1', offset: 0, tag: '' }): HistoryEntry[] {
  let { offset, tag } = after
  return [...ids].map((id) => {
    const previousTag = tag
    tag = hash('sha1', previousTag + id).slice(0, 16)
    offset += 1
    return { epoch: after.epoch, offset, tag, previousTag, id }
  })
}

/** The position at the end of these entries. */
export function endOf(entries: readonly HistoryEntry[]): Position {
  const last = entries.at(-1)
  return last === undefined
    ? { epoch: 'e1', offset: 0, tag: '' }
    : { epoch: last.epoch, offset: last.offset, tag: last.tag }
}
