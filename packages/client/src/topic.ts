/**
 * The client's standing wish for the events of a topic (section 6 of the spec).
 *
 * Not a subscription procedure. All consumers of one topic and params share one wire subscription; each has its own
 * position, moved before its listener is called. Rule: an event is given to a consumer once and in order, and what cannot
 * be proved to be the next one is a gap (P7.4, P7.5).
 */
import { type Codec, type Gap, type Position, type Since, TrunklineError } from '@trunkline/core'
import { type RawPayload, writeClientFrame } from '@trunkline/core/protocol'
import type { Emitter } from './emitter.js'
import type { Link, Rider } from './link.js'
import { keyOf } from './params-key.js'
import type { SubscriptionHandle } from './subscription.js'
import type { EntryPlace, EventPlace, SnapshotCallbacks, TopicCallbacks, TopicStatus } from './topic-callbacks.js'

type Place = EventPlace | EntryPlace | undefined
/** What any consumer may have been given; the types of the path say which. */
type AnyCallbacks = TopicCallbacks<unknown, Place> & Partial<Pick<SnapshotCallbacks<unknown, unknown>, 'onSnapshot'>>

interface Consumer extends AnyCallbacks {
  status: TopicStatus
  /** The last event that it has seen or does not want. With `onSnapshot`: undefined while it needs the state. */
  position: Position | undefined
}

/** One wire subscription. */
interface Wire {
  readonly key: string
  readonly path: string
  readonly params: unknown
  readonly consumers: Set<Consumer>
  /** 0 while it waits to be asked for. */
  id: number
  /** The number of its events on this connection; -1 while it is not answered. */
  as: number
  since: Since
  position: Position | undefined
  /** The offset up to which history is being read. */
  top: number
  status: TopicStatus
  /** Of a `latest` topic: what came, by key in the order of versions, for consumers that come later. */
  readonly table: Map<string, readonly [event: unknown, place: EntryPlace]>
}

/** The topics of a client. */
export interface Topics extends Rider {
  subscribe(path: string, params: unknown, callbacks: AnyCallbacks): SubscriptionHandle<TopicStatus>
}

/** How many may wait for their answer: after a reconnect a server gets them in this portion. */
const MAX_UNANSWERED = 32

export function createTopics(link: Link, codec: Codec, emitter: Emitter): Topics {
  const wires = new Map<string, Wire>()
  const byId = new Map<number, Wire>()
  const byNumber = new Map<number, Wire>()
  let isStale = false

  const setStatus = (wire: Wire, consumer: Consumer, status: TopicStatus, error?: TrunklineError): void => {
    if (isStale && status === 'live') status = 'stale'
    if (consumer.status === status || consumer.status === 'closed') return
    consumer.status = status
    emitter.guard(wire.path, consumer.onStatus, status, error)
  }

  const setAll = (wire: Wire, status: TopicStatus, error?: TrunklineError): void => {
    wire.status = status
    for (const consumer of wire.consumers) setStatus(wire, consumer, status, error)
  }

  const tellGap = (wire: Wire, consumer: Consumer, gap: Gap): void => {
    // A snapshot takes the gap's place, also if this connection breaks before it comes.
    consumer.position = consumer.onSnapshot ? undefined : gap.position
    if (consumer.onSnapshot) return
    const { status } = consumer
    setStatus(wire, consumer, 'gap')
    emitter.guard(wire.path, consumer.onGap, gap)
    setStatus(wire, consumer, status)
  }

  /** Delivery continues behind `at`: whoever cannot be proved to have seen everything before it is told. */
  const place = (wire: Wire, at: Position, gap?: Gap): void => {
    wire.position = at
    if (isRewritten(gap)) wire.table.clear()
    for (const consumer of wire.consumers) {
      const { position: seen, since = 'now' } = consumer
      if (!seen) {
        if (consumer.onSnapshot) continue
        const last = since === 'now' ? 0 : ((since as { last?: number }).last ?? Number.POSITIVE_INFINITY)
        const offset = wire.top - last
        // Of a position that is only compared, the offset will do.
        consumer.position = offset > at.offset ? { ...at, offset, tag: '' } : at
        continue
      }
      const missed = seen.epoch === at.epoch ? at.offset - seen.offset : Number.NaN
      if (isEqual(seen, at) || (missed < 0 && !isRewritten(gap))) continue
      const reason = gap?.reason ?? (missed > 0 ? 'trimmed' : missed <= 0 ? 'rewound' : 'epoch')
      // The server counts from where the subscription was, and of a rewritten history nobody knows.
      const isCounted = missed > 0 && (reason === 'trimmed' || reason === 'expired')
      tellGap(wire, consumer, { reason, missed: isCounted ? missed : undefined, position: at })
    }
  }

  /** Events come as they are accepted. Whoever has seen more than there is has seen another history. */
  const goLive = (wire: Wire): void => {
    const { position: top } = wire
    // From here on the position is the newest there is.
    wire.top = 0
    for (const consumer of wire.consumers) {
      if (top && consumer.position && consumer.position.offset > top.offset) {
        tellGap(wire, consumer, { reason: 'rewound', position: top })
      }
    }
    setAll(wire, 'live')
  }

  /** Forgets what this connection said of a wire subscription. */
  const forget = (wire: Wire): void => {
    byId.delete(wire.id)
    byNumber.delete(wire.as)
    wire.id = 0
    wire.as = -1
  }

  /** Ends a wire subscription at the server. */
  const unsub = (wire: Wire): void => {
    if (wire.id) link.post(writeClientFrame({ unsub: wire.id }))
    forget(wire)
  }

  const end = (wire: Wire, error?: TrunklineError): void => {
    forget(wire)
    wires.delete(wire.key)
    setAll(wire, 'closed', error)
    pump()
  }

  const pump = (): void => {
    for (const wire of wires.values()) {
      if (wire.id) continue
      // The params fit into 256 bytes (P7.2) and the rest of the frame is no longer.
      if (byId.size - byNumber.size >= MAX_UNANSWERED || !link.hasRoom(512)) return
      wire.id = link.nextId()
      byId.set(wire.id, wire)
      const needsState = [...wire.consumers].some(({ onSnapshot, position }) => onSnapshot && !position)
      const since = needsState ? 'now' : (wire.position ?? wire.since)
      link.post(
        writeClientFrame({
          sub: wire.id,
          topic: wire.path,
          params: wire.params,
          since: since === 'now' ? undefined : since,
        }),
      )
    }
  }

  /** Puts another consumer on a wire subscription that exists. */
  const join = (wire: Wire, { position: seen, since = 'now', onSnapshot }: Consumer): Position | undefined => {
    const { position } = wire
    if (wire.table.size > 0) return position
    // Where it is not answered yet, the answer will say where now is, or bring the state.
    if (onSnapshot ? !position : since === 'now') {
      if (wire.as < 0 || !position) return
      return wire.top > position.offset ? { ...position, offset: wire.top, tag: '' } : position
    }
    if (position && seen && isEqual(position, seen)) return seen
    // The one wire subscription is asked for again, further back; the others skip what they have seen.
    const isOlder = position && seen && seen.epoch === position.epoch && seen.offset < position.offset
    wire.since = isOlder ? seen : 'start'
    wire.position = undefined
    unsub(wire)
    // Until that is answered nobody is live, whatever the node says of itself.
    if (wire.status === 'live') setAll(wire, 'catching-up')
    return seen
  }

  /**
   * One position was asked for and its history was rewritten: whoever is at that position is told. True where others are
   * at other ones, of which that proves nothing: then it is asked for from the start, where each meets its own place.
   */
  const splits = (wire: Wire, gap: Gap): boolean => {
    const asked = (wire.position ?? wire.since) as Position
    const isOther = ({ position: seen }: Consumer): boolean =>
      seen !== undefined &&
      (seen.tag !== '' || seen.offset === 0) &&
      (gap.reason === 'epoch' ? seen.epoch === gap.position.epoch : !isEqual(seen, asked))
    const consumers = [...wire.consumers]
    if (!consumers.some(isOther)) return false
    for (const consumer of consumers) if (consumer.position && !isOther(consumer)) tellGap(wire, consumer, gap)
    wire.since = 'start'
    wire.position = undefined
    unsub(wire)
    pump()
    return true
  }

  /** What a frame carries. What cannot be decoded ends the subscription: going on without it would lose it silently. */
  const decode = (wire: Wire, { data, meta, bytes }: RawPayload): { readonly value: unknown } | undefined => {
    try {
      return { value: codec.decode(data, meta, bytes) }
    } catch (cause) {
      unsub(wire)
      end(wire, new TrunklineError('RESULT_LOST', String(cause), { path: wire.path, cause }))
      return
    }
  }

  return {
    size: () => wires.size,
    pump,

    subscribe(path, params, callbacks) {
      const { since = 'now', signal } = callbacks
      const key = keyOf(path, params)
      const shared = wires.get(key)
      const wire: Wire = shared ?? {
        key,
        path,
        params,
        consumers: new Set(),
        id: 0,
        as: -1,
        since,
        position: undefined,
        top: 0,
        status: 'connecting',
        table: new Map(),
      }
      const consumer: Consumer = {
        ...callbacks,
        status: 'connecting',
        position: typeof since === 'object' && 'epoch' in since ? since : undefined,
      }
      const leave = (): void => {
        signal?.removeEventListener('abort', leave)
        setStatus(wire, consumer, 'closed')
        if (!wire.consumers.delete(consumer) || wire.consumers.size > 0) return
        unsub(wire)
        wires.delete(key)
        pump()
      }
      if (link.closed || signal?.aborted) setStatus(wire, consumer, 'closed', link.closed)
      else {
        signal?.addEventListener('abort', leave)
        wires.set(key, wire)
        if (shared) {
          consumer.position = join(wire, consumer)
          if (wire.as >= 0) setStatus(wire, consumer, wire.status)
          const entries = [...wire.table.values()]
          // Later, as everything else comes: the caller does not have the handle yet.
          void Promise.resolve().then(() => {
            for (const [event, at] of entries) {
              if (consumer.status !== 'closed') emitter.guard(path, consumer.onEvent, event, at)
            }
          })
        }
        wire.consumers.add(consumer)
        link.wake()
        pump()
      }
      return { unsubscribe: leave, status: () => consumer.status }
    },

    detached() {
      isStale = false
      for (const wire of wires.values()) {
        forget(wire)
        if (wire.status !== 'connecting') setAll(wire, 'stale')
      }
    },

    closed(error) {
      for (const wire of [...wires.values()]) end(wire, error)
    },

    handlers: {
      subbed: (id, { as, position, behind, gap }) => {
        const wire = byId.get(id)
        if (!wire || wire.as >= 0) return
        wire.as = as
        byNumber.set(as, wire)
        wire.top = (position?.offset ?? 0) + (behind ?? 0)
        if (gap && isRewritten(gap) && splits(wire, gap)) return
        if (position) place(wire, position, gap)
        if (behind === undefined) goLive(wire)
        else setAll(wire, 'catching-up')
        pump()
      },

      event: (as, frame) => {
        const { offset, tag = '', key } = frame
        const wire = byNumber.get(as)
        const event = wire && decode(wire, frame)
        if (!event) return
        let at: Position | undefined
        let place: Place
        if (offset !== undefined && wire.position) {
          wire.position = at = { epoch: wire.position.epoch, offset, tag }
          if (key === undefined) place = { offset, position: at }
          else {
            place = { key, version: offset }
            wire.table.delete(key)
            wire.table.set(key, [event.value, place])
          }
        }
        for (const consumer of wire.consumers) {
          const seen = consumer.position
          if (!at) {
            // An ephemeral event has no place and moves nobody: beside a log it is told where the consumer stands.
            // A table's position has a version and no tag; where neither is there yet, a log is the safe guess.
            const stands = seen?.tag || seen?.offset === 0 ? { offset: seen.offset, position: seen } : undefined
            emitter.guard(wire.path, consumer.onEvent, event.value, stands)
            continue
          }
          if (seen) {
            if (offset === seen.offset && seen.tag && seen.tag !== tag) {
              tellGap(wire, consumer, { reason: 'rewound', position: at })
            }
            if (at.offset < seen.offset) continue
            if (at.offset === seen.offset) {
              consumer.position = at
              continue
            }
          }
          consumer.position = at
          emitter.guard(wire.path, consumer.onEvent, event.value, place)
        }
      },

      snapshot: (as, frame) => {
        const { position } = frame
        const wire = byNumber.get(as)
        const state = wire && decode(wire, frame)
        if (!state) return
        wire.position = position
        for (const consumer of wire.consumers) {
          if (consumer.position && isEqual(consumer.position, position)) continue
          consumer.position = position
          emitter.guard(wire.path, consumer.onSnapshot, state.value, { position })
        }
      },

      gap: (as, gap) => {
        const wire = byNumber.get(as)
        if (!wire) return
        if (isRewritten(gap)) wire.top = 0
        place(wire, gap.position, gap)
      },

      live: (as) => {
        const wire = byNumber.get(as)
        if (wire) goLive(wire)
      },

      behind: (as) => {
        const wire = byNumber.get(as)
        if (wire) setAll(wire, 'catching-up')
      },

      closed: (id, { code, message, issues }) => {
        const wire = byId.get(id)
        if (wire) end(wire, new TrunklineError(code, message, { issues, path: wire.path }))
      },

      stale: (stale) => {
        isStale = stale
        for (const wire of wires.values()) if (wire.status === 'live') setAll(wire, 'live')
      },
    },
  }
}

/** Whether what was seen before the gap may be undone. */
function isRewritten(gap: Gap | undefined): boolean {
  return gap?.reason === 'epoch' || gap?.reason === 'rewound'
}

function isEqual(a: Position, b: Position): boolean {
  return a.epoch === b.epoch && a.offset === b.offset && a.tag === b.tag
}
