/**
 * What really happened on a topic, seen from the end: the history that survived, and what was accepted and undone.
 *
 * Not a broker and not what anybody saw. Rule: entries are told apart by epoch, offset and tag, so histories that a
 * failover split are a tree, and each position names its whole past.
 * @see spec/PROTOCOL.md#7-topics
 */
import type { Position } from '@trunkline/core'

/** An event that a broker accepted. The entries of a broker's `read` are such. */
export interface HistoryEntry extends Position {
  /** Tag of the entry before it; `''` before the first. */
  readonly previousTag: string
  readonly id: string
}

/** What a test knows of a topic. */
export interface TopicTruth {
  readonly topic: string
  /** Everything that was ever accepted, also what was undone, of all epochs, in the order in which it was accepted. */
  readonly accepted: readonly HistoryEntry[]
  /** Where the surviving history ends. */
  readonly top: Position
  /** All epochs of the topic in their order. Default: those of the entries; one in which nothing was accepted is missed. */
  readonly epochs?: readonly string[] | undefined
  /** Offset of the oldest entry that is still kept. Default 1: nothing was let go. */
  readonly oldest?: number | undefined
}

/** Questions about a topic's past. */
export interface TopicHistory {
  readonly topic: string
  readonly top: Position
  readonly oldest: number
  /** The accepted entry at a position; `undefined` when there never was one. */
  find(position: Position): HistoryEntry | undefined
  /** Whether a position ever stood in a history: an entry's, or the beginning of an epoch. */
  isKnown(position: Position): boolean
  /** Whether `earlier` is `later`, or a part of its past. */
  leadsTo(earlier: Position, later: Position): boolean
  /** Whether an epoch came after another. */
  isLaterEpoch(epoch: string, than: string): boolean
  /** Whether a position is part of the surviving history. */
  survives(position: Position): boolean
}

const nameOf = ({ epoch, offset, tag }: Position): string => `${offset} ${tag} ${epoch}`

/** Makes the index that the checker asks. */
export function createTopicHistory(truth: TopicTruth): TopicHistory {
  const { topic, accepted, top, oldest = 1, epochs: listed = [] } = truth
  const entries = new Map(accepted.map((entry) => [nameOf(entry), entry]))
  const epochs = new Set([...listed, ...accepted.map(({ epoch }) => epoch), top.epoch])
  const surviving = new Set<string>()
  for (let at: Position | undefined = top; at !== undefined; at = before(at)) surviving.add(nameOf(at))

  function before(position: Position): Position | undefined {
    const entry = entries.get(nameOf(position))
    return entry && { epoch: entry.epoch, offset: entry.offset - 1, tag: entry.previousTag }
  }

  return {
    topic,
    top,
    oldest,
    find: (position) => entries.get(nameOf(position)),
    isKnown: (position) =>
      entries.has(nameOf(position)) || (position.offset === 0 && position.tag === '' && epochs.has(position.epoch)),
    leadsTo: (earlier, later) => {
      let at: Position | undefined = later
      while (at !== undefined && at.offset > earlier.offset) at = before(at)
      return at !== undefined && nameOf(at) === nameOf(earlier)
    },
    isLaterEpoch: (epoch, than) => {
      const order = [...epochs]
      return order.indexOf(epoch) > order.indexOf(than)
    },
    survives: (position) => surviving.has(nameOf(position)),
  }
}
