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
  /** Ids of the ephemeral events beside those, in the order in which the broker took them. Default: there are none. */
  readonly ephemeral?: readonly string[] | undefined
  /** Of a topic with a snapshot: which part of the state an event sets. Default: each event one of its own. */
  readonly keyOf?: ((id: string) => string) | undefined
  /** Of a topic with a snapshot: the id that the app stored last for each part. Default: what the surviving history makes. */
  readonly state?: ReadonlyMap<string, string> | undefined
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
  /** The same of an entry that `find` gave. */
  isKept(entry: HistoryEntry): boolean
  /** The entries up to a position, newest first. */
  pastOf(position: Position): Generator<HistoryEntry, void>
}

/** Whether two positions are one. */
export function isSamePosition(a: Position, b: Position): boolean {
  return a.offset === b.offset && a.tag === b.tag && a.epoch === b.epoch
}

/** Makes the index that the checker asks. */
export function createTopicHistory(truth: TopicTruth): TopicHistory {
  const { topic, accepted, top, oldest = 1, epochs: listed = [] } = truth
  const index = indexByOffset(accepted)
  const epochs = new Set([...listed, ...accepted.map(({ epoch }) => epoch), top.epoch])

  const find = ({ epoch, offset, tag }: Position): HistoryEntry | undefined => {
    // Nearly always one. A loop and no callback: this is asked for each of millions of sightings.
    for (const entry of index.get(epoch)?.get(offset) ?? []) if (entry.tag === tag) return entry
    return undefined
  }

  function before(position: Position): Position | undefined {
    const entry = find(position)
    return entry && { epoch: entry.epoch, offset: entry.offset - 1, tag: entry.previousTag }
  }

  function* pastOf(position: Position): Generator<HistoryEntry, void> {
    let at: Position | undefined = position
    for (let entry = find(at); entry !== undefined; entry = at && find(at)) {
      yield entry
      at = before(entry)
    }
  }

  const surviving = new Set<HistoryEntry>()
  /** Where what is known of the surviving history begins. */
  let root = top
  for (const entry of pastOf(top)) {
    surviving.add(entry)
    root = { epoch: entry.epoch, offset: entry.offset - 1, tag: entry.previousTag }
  }

  const survives = (position: Position): boolean => {
    const entry = find(position)
    return entry === undefined ? isSamePosition(position, root) : surviving.has(entry)
  }

  return {
    topic,
    top,
    oldest,
    find,
    pastOf,
    isKnown: (position) =>
      find(position) !== undefined ||
      isSamePosition(position, root) ||
      (position.offset === 0 && position.tag === '' && epochs.has(position.epoch)),
    leadsTo: (earlier, later) => {
      // Where nothing was undone there is no need to walk.
      if (survives(earlier) && survives(later)) return earlier.offset <= later.offset
      let at: Position | undefined = later
      while (at !== undefined && at.offset > earlier.offset) at = before(at)
      return at !== undefined && isSamePosition(at, earlier)
    },
    isLaterEpoch: (epoch, than) => {
      const order = [...epochs]
      return order.indexOf(epoch) > order.indexOf(than)
    },
    survives,
    isKept: (entry) => surviving.has(entry),
  }
}

/** By epoch and offset: of one offset there are as many as there were histories. */
function indexByOffset(entries: readonly HistoryEntry[]): ReadonlyMap<string, ReadonlyMap<number, HistoryEntry[]>> {
  const index = new Map<string, Map<number, HistoryEntry[]>>()
  for (const entry of entries) {
    const epoch = index.get(entry.epoch) ?? new Map<number, HistoryEntry[]>()
    index.set(entry.epoch, epoch)
    const others = epoch.get(entry.offset)
    if (others === undefined) epoch.set(entry.offset, [entry])
    else others.push(entry)
  }
  return index
}
