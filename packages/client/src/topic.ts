/**
 * The client's standing wish for the events of a topic (section 6 of the spec).
 *
 * Not a subscription procedure. All consumers of one topic and params share one wire subscription; each has its own
 * position, moved before its listener is called. Rule: an event is given to a consumer once and in order, and what cannot
 * be proved to be the next one is a gap (P7.4, P7.5).
 */
import { type Codec, type Gap, type Position, type Since, TrunklineError } from '@trunkline/core'
import {
  type ClosedFrame,
  type EventFrame,
  type GapFrame,
  type LiveFrame,
  type SubbedFrame,
  topicKey,
  writeSub,
  writeUnsub,
} from '@trunkline/core/protocol'
import type { Emitter } from './emitter.js'
import type { Link } from './link.js'
import type { SubscriptionHandle } from './subscription.js'

/**
 * - `connecting`: not answered yet.
 * - `live`: every event that is accepted arrives at once.
 * - `catching-up`: events of the past arrive, in order, up to now.
 * - `stale`: nothing proves that the last event seen is the newest: the connection is lost, or the server's own is.
 * - `gap`: while `onGap` is called.
 * - `closed`: refused, ended or given up.
 */
export type TopicStatus = 'connecting' | 'live' | 'stale' | 'catching-up' | 'gap' | 'closed'

/** Where an event stands in its topic's history. */
export interface EventPlace {
  readonly offset: number
  /** Pass it as `since` to continue behind this event. */
  readonly position: Position
}

/** What a topic's consumer can be given. */
export interface TopicCallbacks<TEvent, TPlace = EventPlace> {
  readonly onEvent: (event: TEvent, place: TPlace) => void
  /** Events are missing and cannot be had any more; the state that they would have changed must be read again. */
  readonly onGap?: ((gap: Gap) => void) | undefined
  /** `error` says why it is `closed`, where the server refused or ended it. */
  readonly onStatus?: ((status: TopicStatus, error?: TrunklineError) => void) | undefined
  /** Where to begin: `now` (default), `start`, the last n, or behind a position. */
  readonly since?: Since | undefined
  /** Unsubscribes. */
  readonly signal?: AbortSignal | undefined
}

interface Consumer extends TopicCallbacks<unknown, EventPlace | undefined> {
  status: TopicStatus
  /** The last event that it has seen or does not want. */
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
  /** The number of its events on this connection; undefined while it is not answered. */
  as: number | undefined
  since: Since
  position: Position | undefined
  /** The offset up to which history is being read. */
  top: number
  status: TopicStatus
}

/** The topics of a client. */
export interface Topics {
  readonly size: number
  subscribe(
    path: string,
    params: unknown,
    callbacks: TopicCallbacks<unknown, EventPlace | undefined>,
  ): SubscriptionHandle<TopicStatus>
  subbed(frame: SubbedFrame): void
  event(frame: EventFrame): void
  gap(frame: GapFrame): void
  live(frame: LiveFrame): void
  ended(frame: ClosedFrame): void
  stale(isStale: boolean): void
  pump(): void
  detached(): void
  closed(error: TrunklineError): void
}

/** How many may wait for their answer: after a reconnect a server gets them in this portion. */
const MAX_UNANSWERED = 32

export function createTopics(link: Link, codec: Codec, emitter: Emitter): Topics {
  const wires = new Map<string, Wire>()
  const byId = new Map<number, Wire>()
  const byNumber = new Map<number, Wire>()
  let unanswered = 0
  let isStale = false

  const setStatus = (path: string, consumer: Consumer, status: TopicStatus, error?: TrunklineError): void => {
    if (consumer.status === status || consumer.status === 'closed') return
    consumer.status = status
    emitter.guard(path, consumer.onStatus, status, error)
  }

  const shownStatus = (status: TopicStatus): TopicStatus => (isStale && status === 'live' ? 'stale' : status)

  const setAll = (wire: Wire, status: TopicStatus, error?: TrunklineError): void => {
    wire.status = status
    for (const consumer of wire.consumers) setStatus(wire.path, consumer, shownStatus(status), error)
  }

  const tellGap = (wire: Wire, consumer: Consumer, gap: Gap): void => {
    consumer.position = gap.position
    const { status } = consumer
    setStatus(wire.path, consumer, 'gap')
    emitter.guard(wire.path, consumer.onGap, gap)
    setStatus(wire.path, consumer, status)
  }

  /** Delivery continues behind `at`: whoever cannot be proved to have seen everything before it is told. */
  const place = (wire: Wire, at: Position, gap?: Gap): void => {
    wire.position = at
    for (const consumer of wire.consumers) {
      const { position: seen, since = 'now' } = consumer
      if (!seen) {
        const offset =
          since === 'now'
            ? wire.top
            : since !== 'start' && 'last' in since
              ? Math.max(at.offset, wire.top - since.last)
              : at.offset
        // Only its offset is compared until an event sets a whole one.
        consumer.position = offset === at.offset ? at : { epoch: at.epoch, offset, tag: '' }
        continue
      }
      const isRewritten = gap?.reason === 'epoch' || gap?.reason === 'rewound'
      if (isEqual(seen, at) || (seen.epoch === at.epoch && seen.offset > at.offset && !isRewritten)) continue
      const missed = seen.epoch === at.epoch && at.offset > seen.offset ? at.offset - seen.offset : undefined
      const reason = seen.epoch !== at.epoch ? 'epoch' : missed ? 'trimmed' : 'rewound'
      tellGap(wire, consumer, { reason: gap?.reason ?? reason, missed: gap?.missed ?? missed, position: at })
    }
  }

  const goLive = (wire: Wire): void => {
    const { position: top } = wire
    for (const consumer of wire.consumers) {
      // What it saw lies beyond the top: that history is not this one.
      if (top && consumer.position && consumer.position.offset > top.offset) {
        tellGap(wire, consumer, { reason: 'rewound', position: top })
      }
    }
    setAll(wire, 'live')
  }

  /** Forgets what this connection said of a wire subscription. */
  const forget = (wire: Wire): void => {
    if (wire.id && wire.as === undefined) unanswered -= 1
    byId.delete(wire.id)
    if (wire.as !== undefined) byNumber.delete(wire.as)
    wire.id = 0
    wire.as = undefined
  }

  const unsub = (wire: Wire): void => {
    if (wire.id && link.ready) link.post(writeUnsub(wire.id))
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
      if (unanswered >= MAX_UNANSWERED || !link.hasRoom(512)) return
      unanswered += 1
      wire.id = link.nextId()
      byId.set(wire.id, wire)
      link.post(writeSub(wire.id, wire.path, wire.params, wire.position ?? wire.since))
    }
  }

  /** Puts another consumer on a wire subscription that exists. */
  const join = (wire: Wire, consumer: Consumer, since: Since): void => {
    const { position, as } = wire
    if (since === 'now') {
      // Not answered: the answer will say where now is.
      if (as === undefined || !position) return
      consumer.position = wire.top > position.offset ? { ...position, offset: wire.top, tag: '' } : position
      return
    }
    const seen = consumer.position
    if (position && seen && isEqual(position, seen)) return
    // The one wire subscription is asked for again, further back; the others skip what they have seen.
    if (!position) wire.since = wire.since === 'now' ? since : 'start'
    else if (seen) wire.since = seen.epoch === position.epoch && seen.offset > position.offset ? position : seen
    else wire.since = wire.status === 'live' ? since : 'start'
    unsub(wire)
    wire.position = undefined
  }

  return {
    get size() {
      return wires.size
    },
    pump,

    subscribe(path, params, callbacks) {
      const key = topicKey(path, params)
      const { since = 'now', signal } = callbacks
      const consumer: Consumer = {
        ...callbacks,
        status: 'connecting',
        position: typeof since === 'object' && 'epoch' in since ? since : undefined,
      }
      const shared = wires.get(key)
      const wire: Wire = shared ?? {
        key,
        path,
        params,
        consumers: new Set(),
        id: 0,
        as: undefined,
        since,
        position: undefined,
        top: 0,
        status: 'connecting',
      }
      const leave = (): void => {
        signal?.removeEventListener('abort', leave)
        setStatus(path, consumer, 'closed')
        if (!wire.consumers.delete(consumer) || wire.consumers.size > 0) return
        unsub(wire)
        wires.delete(key)
        pump()
      }
      if (link.closed || signal?.aborted) setStatus(path, consumer, 'closed', link.closed)
      else {
        signal?.addEventListener('abort', leave)
        wires.set(key, wire)
        wire.consumers.add(consumer)
        if (shared) {
          join(wire, consumer, since)
          if (wire.as !== undefined) setStatus(path, consumer, shownStatus(wire.status))
        }
        link.wake()
        pump()
      }
      return { unsubscribe: leave, status: () => consumer.status }
    },

    subbed(frame) {
      const wire = byId.get(frame.id)
      if (!wire || wire.as !== undefined) return
      unanswered -= 1
      wire.as = frame.as
      byNumber.set(frame.as, wire)
      wire.top = (frame.position?.offset ?? 0) + (frame.behind ?? 0)
      if (frame.position) place(wire, frame.position, frame.gap)
      if (frame.behind === undefined) goLive(wire)
      else setAll(wire, 'catching-up')
      pump()
    },

    event(frame) {
      const wire = byNumber.get(frame.as)
      if (!wire) return
      let value: unknown
      try {
        value = codec.decode(frame.data, frame.meta, frame.bytes)
      } catch (error) {
        // Going on without it would lose it silently.
        unsub(wire)
        return end(wire, new TrunklineError('RESULT_LOST', (error as Error).message, { path: wire.path, cause: error }))
      }
      const { offset, tag = '' } = frame
      let place: EventPlace | undefined
      if (offset !== undefined && wire.position) {
        wire.position = { epoch: wire.position.epoch, offset, tag }
        place = { offset, position: wire.position }
      }
      for (const consumer of wire.consumers) {
        const seen = consumer.position
        if (place && seen) {
          if (place.offset === seen.offset && seen.tag && seen.tag !== tag) {
            tellGap(wire, consumer, { reason: 'rewound', position: place.position })
          }
          if (place.offset <= seen.offset) continue
          consumer.position = place.position
        }
        emitter.guard(wire.path, consumer.onEvent, value, place)
      }
    },

    gap({ as, gap }) {
      const wire = byNumber.get(as)
      if (wire) place(wire, gap.position, gap)
    },

    live({ as, kind }) {
      const wire = byNumber.get(as)
      if (!wire) return
      if (kind === 'live') goLive(wire)
      else setAll(wire, 'catching-up')
    },

    ended({ id, code, message, issues }) {
      const wire = byId.get(id)
      if (wire) end(wire, new TrunklineError(code, message, { issues, path: wire.path }))
    },

    stale(nowStale) {
      isStale = nowStale
      for (const wire of wires.values()) setAll(wire, wire.status)
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
  }
}

function isEqual(a: Position, b: Position): boolean {
  return a.epoch === b.epoch && a.offset === b.offset && a.tag === b.tag
}
