/**
 * The client's standing wish for the events of a topic (section 6 of the spec).
 *
 * Not a subscription procedure. All consumers of one topic and params share one wire subscription; each has its own
 * position, moved before its listener is called. Rule: an event is given to a consumer once and in order, and what cannot
 * be proved to be the next one is a gap (P7.4, P7.5).
 */
import type { Codec, Gap, GapReason, Position, Since, TrunklineError } from '@trunkline/core'
import type { RawPayload } from '@trunkline/core/protocol'
import type { Emitter } from './emitter.js'
import type { Link, Rider } from './link.js'
import { keyOf } from './params-key.js'
import { readPayload } from './read-payload.js'
import type { SubscriptionHandle } from './subscription.js'
import type { EntryPlace, EventPlace, SnapshotCallbacks, TopicCallbacks, TopicStatus } from './topic-callbacks.js'
import { createWishes, type Wish } from './wishes.js'

type Place = EventPlace | EntryPlace | undefined
/** What any consumer may have been given; the types of the path say which. */
type AnyCallbacks = TopicCallbacks<unknown, Place> & Partial<Pick<SnapshotCallbacks<unknown, unknown>, 'onSnapshot'>>

interface Consumer extends AnyCallbacks {
  status: TopicStatus
  /** The last event that it has seen or does not want. With `onSnapshot`: undefined while it needs the state. */
  position: Position | undefined
  /** Until it was given the table that others have. */
  isWaiting?: boolean
  /** Stops listening to its signal. */
  unlisten?: () => void
}

/** One wire subscription. */
interface Wire extends Wish<Consumer> {
  /** Where it is asked for, and once it is answered where it is; of an `ephemeral` topic it stays what was asked. */
  since: Since
  /** Whether it was asked for a state, which a position would keep from coming. */
  isFresh: boolean
  /** Where those stand who are met on the way, until it is answered. */
  othersAt?: Position
  /** The offset up to which history is being read; 0 once the newest is known. */
  top: number
  status: TopicStatus
  /** Of a `latest` topic: what came, by key in the order of versions, for consumers that come later. */
  readonly table: Map<string, readonly [event: unknown, place: EntryPlace]>
}

/** A handle that says where its consumer is, for who takes it up later: before the first event nothing else does. */
export interface PlacedHandle extends SubscriptionHandle<TopicStatus> {
  '~position'(): Position | undefined
}

/** The topics of a client. */
export interface Topics extends Rider {
  subscribe(path: string, params: unknown, callbacks: AnyCallbacks): PlacedHandle
}

export function createTopics(link: Link, codec: Codec, emitter: Emitter): Topics {
  let isStale = false

  const wires = createWishes<Consumer, Wire>(
    link,
    () => ({ since: 'now', isFresh: false, top: 0, status: 'connecting', table: new Map() }),
    (wire) => {
      wire.isFresh = needsState(wire)
      const since = wire.isFresh || wire.since === 'now' ? undefined : wire.since
      return { sub: wire.id, topic: wire.path, params: wire.params, since }
    },
    (wire, error) => setAll(wire, 'closed', error),
  )

  const setStatus = (path: string, consumer: Consumer, status: TopicStatus, error?: TrunklineError): void => {
    if (isStale && status === 'live') status = 'stale'
    if (consumer.status === status || consumer.status === 'closed') return
    consumer.status = status
    if (status === 'closed') consumer.unlisten?.()
    emitter.guard(path, consumer.onStatus, status, error)
  }

  /** Those who consume it now: who comes while they are told has another place, and who leaves hears nothing more. */
  const each = ({ consumers }: Wire, tell: (consumer: Consumer) => void): void => {
    for (const consumer of [...consumers]) if (consumers.has(consumer)) tell(consumer)
  }

  const setAll = (wire: Wire, status: TopicStatus, error?: TrunklineError, except?: Consumer): void => {
    wire.status = status
    each(wire, (consumer) => {
      if (wire.status === status && consumer !== except) setStatus(wire.path, consumer, status, error)
    })
  }

  const tellGap = (path: string, consumer: Consumer, gap: Gap): void => {
    // A snapshot takes the gap's place, also if this connection breaks before it comes.
    consumer.position = consumer.onSnapshot ? undefined : gap.position
    if (consumer.onSnapshot) return
    const { status } = consumer
    setStatus(path, consumer, 'gap')
    // Told so, it may have left, or the connection was reconnected: then it is stale, and misses those events all the same.
    if (consumer.status !== 'closed') emitter.guard(path, consumer.onGap, gap)
    if (consumer.status === 'gap') setStatus(path, consumer, status)
  }

  /** Delivery continues behind `at`: whoever cannot be proved to have seen everything before it is told. */
  const place = (wire: Wire, at: Position, known?: GapReason): void => {
    wire.since = at
    each(wire, (consumer) => {
      const { position: seen, since, onSnapshot } = consumer
      if (!seen) {
        if (!onSnapshot) consumer.position = ahead(at, wire.top - countOf(since))
        return
      }
      const missed = seen.epoch === at.epoch ? at.offset - seen.offset : NaN
      if (missed === 0 && !seen.tag && !isRewritten(known, at)) {
        // It wants what follows, and has seen nothing that could have been undone.
        consumer.position = at
        return
      }
      // Whoever is ahead is met on the way, unless that leads elsewhere.
      if (isEqual(seen, at) || (missed < 0 && !isRewritten(known, at))) return
      // Another event stands in the place of the one that was seen, whatever others are told.
      const reason = (missed === 0 ? 'rewound' : known) ?? (missed > 0 ? 'trimmed' : missed < 0 ? 'rewound' : 'epoch')
      // The server counts from where the subscription was, and of a rewritten history nobody knows.
      const isCounted = missed > 0 && !isRewritten(reason, at)
      tellGap(wire.path, consumer, { reason, missed: isCounted ? missed : undefined, position: at })
    })
  }

  /** Asks for a wire subscription from another place, where each consumer meets its own. */
  const askFrom = (wire: Wire, since: Since): void => {
    wire.since = since
    wires.retract(wire)
  }

  /** Events come as they are accepted. */
  const goLive = (wire: Wire): void => {
    wire.top = 0
    // Whoever has seen more than there is has seen another history.
    if (isPosition(wire.since)) place(wire, wire.since, 'rewound')
    // Somebody who was told asked for it from another place.
    if (wire.as < 0) return
    // Whoever needs a state beside others who have a place was not asked for.
    if (wire.isFresh || !needsState(wire)) return setAll(wire, 'live')
    wires.retract(wire)
    wires.pump()
  }

  /** Finds the place of another consumer of a wire subscription. */
  const join = (wire: Wire, consumer: Consumer): void => {
    const { position: seen, since, onSnapshot } = consumer
    const at = isPosition(wire.since) ? wire.since : undefined
    const wanted = countOf(since)
    if (wire.table.size > 0) consumer.position = at
    // It stands where the others do, or takes the state that comes, or of the history that was asked for what it wants.
    else if (at ? seen && isEqual(seen, at) : onSnapshot || (wire.as < 0 && countOf(wire.since) >= wanted)) return
    else if (wanted || onSnapshot) {
      if (!onSnapshot && at) wire.othersAt = at
      askFrom(wire, seen ? (at && isBehind(seen, at) ? seen : 'start') : wanted && since ? since : 'start')
      // Until that is answered nobody is live, whatever the node says of itself.
      if (wire.status === 'live') setAll(wire, 'catching-up', undefined, consumer)
    }
    // Where it is not answered yet, the answer will say where now is.
    else if (at && wire.as >= 0) consumer.position = ahead(at, wire.top)
  }

  /**
   * The place that was asked for is of another history: whoever stands there is told. True where others stand elsewhere,
   * of which that proves nothing: then it is asked for from the start.
   */
  const splits = (wire: Wire, gap: Gap): boolean => {
    const asked = wire.since as Position
    // A place without a proof goes with the one that was asked for.
    const isOther = ({ position: seen }: Consumer): boolean =>
      seen !== undefined && isProvable(seen) && !isEqual(seen, asked)
    if (![...wire.consumers].some(isOther)) return false
    each(wire, (consumer) => consumer.position && !isOther(consumer) && tellGap(wire.path, consumer, gap))
    askFrom(wire, 'start')
    return true
  }

  /** Takes what a frame carries. Going on without what cannot be decoded would lose it silently. */
  const read = (wire: Wire, frame: RawPayload, take: (value: unknown) => void): void =>
    readPayload(codec, frame, wire.path, take, (error) => wires.end(wire, error))

  return {
    size: () => wires.all.size,
    pump: wires.pump,

    subscribe(path, params, callbacks) {
      const { since = 'now', signal } = callbacks
      const consumer: Consumer = { ...callbacks, status: 'connecting', position: isPosition(since) ? since : undefined }
      let leave = (): void => {}
      if (link.closed || signal?.aborted) setStatus(path, consumer, 'closed', link.closed)
      else {
        const wire = wires.of(path, params)
        leave = () => {
          setStatus(path, consumer, 'closed')
          wires.leave(wire, consumer)
        }
        signal?.addEventListener('abort', leave)
        consumer.unlisten = () => signal?.removeEventListener('abort', leave)
        const isFirst = wire.consumers.size === 0
        // Before others are told that they catch up: they may leave, and the wire subscription would go with the last one.
        wire.consumers.add(consumer)
        if (isFirst) wire.since = since
        else join(wire, consumer)
        if (wire.as >= 0) setStatus(path, consumer, wire.status)
        consumer.isWaiting = wire.table.size > 0
        // Later, as everything else comes: the caller does not have the handle yet. What the rest of a message changes
        // is in the table by then.
        void Promise.resolve().then(() => {
          if (!consumer.isWaiting) return
          consumer.isWaiting = false
          for (const [event, at] of wire.table.values()) {
            if (consumer.status !== 'closed') emitter.guard(path, consumer.onEvent, event, at)
          }
        })
        link.wake()
        wires.pump()
      }
      return {
        unsubscribe: () => leave(),
        status: () => consumer.status,
        // Of a place that cannot be proved nothing can be said.
        '~position': () => (consumer.position && isProvable(consumer.position) ? consumer.position : undefined),
      }
    },

    detached() {
      isStale = false
      wires.detached()
      for (const wire of wires.all.values()) if (wire.status !== 'connecting') setAll(wire, 'stale')
    },

    closed(error) {
      // Only those of now: an app that is told may connect and subscribe anew.
      for (const wire of [...wires.all.values()]) wires.end(wire, error)
    },

    handlers: {
      closed: wires.closed,
      // The frame that asked was refused: only a `since` that is none of the four can do that, and nobody would answer.
      error: wires.closed,

      subbed: wires.answered((wire, { position, behind, gap }) => {
        wire.top = (position?.offset ?? 0) + (behind ?? 0)
        if (isRewritten(gap?.reason, position)) {
          wire.table.clear()
          if (splits(wire, gap as Gap)) return
        }
        const { othersAt } = wire
        delete wire.othersAt
        if (position) {
          // The last events that one consumer wants begin ahead of the others: more was published meanwhile.
          if (othersAt && isBehind(othersAt, position)) return askFrom(wire, othersAt)
          place(wire, position, gap?.reason)
        }
        if (wire.as < 0) return
        if (behind === undefined) goLive(wire)
        else setAll(wire, 'catching-up')
      }),

      event: wires.numbered((wire, frame) =>
        read(wire, frame, (event) => {
          const { offset, tag = '', key, removed } = frame
          const { path, since, table } = wire
          let at: Position | undefined
          let place: Place
          // Who came after a removal, or while the table was read, may be told of what it never had.
          let isNews = true
          if (offset !== undefined && isPosition(since)) {
            wire.since = at = { epoch: since.epoch, offset, tag }
            if (key === undefined) place = { offset, position: at }
            else {
              place = { key, version: offset, removed }
              isNews = table.delete(key) || !removed
              if (!removed) table.set(key, [event, place])
            }
          }
          each(wire, (consumer) => {
            const { position: seen, onEvent } = consumer
            if (!at) {
              // An ephemeral event has no place and moves nobody: beside a log it is told where the consumer stands.
              // A table's position has a version and no tag; where neither is there yet, a log is the safe guess.
              const stands = seen && isProvable(seen) ? { offset: seen.offset, position: seen } : undefined
              emitter.guard(path, onEvent, event, stands)
              return
            }
            // Without its state an event says nothing.
            if (!seen && consumer.onSnapshot) return
            if (seen && seen.offset > at.offset) return
            if (seen?.offset === at.offset) {
              // It was seen, or another one in its place.
              if (seen.tag && seen.tag !== tag) tellGap(path, consumer, { reason: 'rewound', position: at })
              else consumer.position = at
              return
            }
            consumer.position = at
            if (isNews && !consumer.isWaiting) emitter.guard(path, onEvent, event, place)
          })
        }),
      ),

      snapshot: wires.numbered((wire, frame) =>
        read(wire, frame, (state) => {
          const { position } = frame
          wire.since = position
          each(wire, (consumer) => {
            if (consumer.position && isEqual(consumer.position, position)) return
            consumer.position = position
            emitter.guard(wire.path, consumer.onSnapshot, state, { position })
          })
        }),
      ),

      gap: wires.numbered((wire, { reason, position }) => {
        if (isRewritten(reason, position)) {
          wire.top = 0
          wire.table.clear()
        }
        place(wire, position, reason)
      }),

      live: wires.numbered(goLive),

      behind: wires.numbered((wire) => setAll(wire, 'catching-up')),

      stale: (stale) => {
        isStale = stale
        for (const wire of wires.all.values()) if (wire.status === 'live') setAll(wire, 'live')
      },
    },
  }
}

/** Whether what was seen before a gap may be undone: also where all entries of a table follow, whatever the reason. */
function isRewritten(reason: GapReason | undefined, at: Position | undefined): boolean {
  return reason === 'epoch' || reason === 'rewound' || (!!reason && !at?.offset)
}

/** Whether somebody needs a state, and not what follows a place. */
function needsState({ consumers }: Wire): boolean {
  return [...consumers].some(({ onSnapshot, position }) => onSnapshot && !position)
}

/** How many events before now a consumer wants. */
function countOf(since: Since = 'now'): number {
  return since === 'now' ? 0 : ((since as { last?: number }).last ?? Infinity)
}

/** The place at `offset` if that is ahead of `at`, else `at`. Of a place that is only compared the offset will do. */
function ahead(at: Position, offset: number): Position {
  return offset > at.offset ? { ...at, offset, tag: '' } : at
}

function isPosition(since: Since): since is Position {
  return (since as Partial<Position>).epoch !== undefined
}

/** Whether a place is one of a log, and not only an offset to compare with. */
function isProvable({ tag, offset }: Position): boolean {
  return tag !== '' || offset === 0
}

function isBehind(a: Position, b: Position): boolean {
  return a.epoch === b.epoch && a.offset < b.offset
}

function isEqual(a: Position, b: Position): boolean {
  return keyOf('', a) === keyOf('', b)
}
