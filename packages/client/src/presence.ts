/**
 * Who is present: joins of this client, and the lists of members that it watches (P5.11, P6.13).
 *
 * Not a topic subscription. All who watch one topic and params share one wire watch. Rule: a list is what the server said
 * up to a version; a version that does not follow the last one makes it ask again.
 */
import { type Codec, TrunklineError } from '@trunkline/core'
import { type ListedMember, writeClientFrame } from '@trunkline/core/protocol'
import type { Emitter } from './emitter.js'
import type { Change, Link, Rider } from './link.js'
import { isObject } from './params-key.js'
import type { Joined, JoinOptions, Member, Members, UpdateOptions } from './presence-types.js'
import { readPayload } from './read-payload.js'
import { createWishes, type Wish } from './wishes.js'

export type { Joined, JoinOptions, Member, Members, UpdateOptions } from './presence-types.js'

/** What `subscribe` of a list was given. */
type Listener = Parameters<Members<unknown>['subscribe']>

/** A list that is watched. */
interface Room extends Wish<Listener> {
  version: number
  count: number
  members: Map<string, Member<unknown>>
  /** What the listeners were given last; undefined while that is not what `members` are. */
  shown: readonly Member<unknown>[] | undefined
}

/** A join, or an update that is not answered. */
interface Asked {
  /** Of its frame; 0 while it waits to be sent. */
  id: number
  /** An update is done. A join is not: it may be refused after it was answered (P6.15). */
  readonly done?: () => void
  /** It is refused or over. */
  fail(error: TrunklineError): void
}

/** A join is asked for on every session. */
interface Join extends Asked {
  send(): void
}

/** The presence of a client. */
export interface Presence extends Rider {
  join(path: string, params: unknown, state: unknown, options?: JoinOptions): Joined<unknown, unknown>
  members(path: string, params: unknown): Members<unknown>
}

export function createPresence(
  link: Link,
  codec: Codec,
  emitter: Emitter,
  defer: (callback: () => void) => void = queueMicrotask,
): Presence {
  const joins = new Set<Join>()
  /** Joins, and updates that are not answered, by the id of their frame. */
  const asked = new Map<number | null, Asked>()

  const rooms = createWishes<Listener, Room>(
    link,
    () => ({ version: 0, count: 0, members: new Map(), shown: undefined }),
    ({ id, path, params }) => ({ watch: id, topic: path, params }),
    ({ path, consumers }, error) => {
      for (const [, onError] of consumers) emitter.guard(path, onError, error)
    },
  )

  const ask = (asking: Asked): number => {
    asking.id = link.nextId()
    asked.set(asking.id, asking)
    return asking.id
  }

  // A state holds no attachments; the server refuses one that does.
  const encode = (state: unknown): string => {
    const payload = codec.encode(state)
    return typeof payload === 'string' ? payload : payload.fragment
  }

  const pump = (): void => {
    // More than the server takes of a state and params.
    for (const join of joins) if (!join.id && link.hasRoom(5_000)) join.send()
    rooms.pump()
  }

  const show = (room: Room): void => {
    room.shown = undefined
    defer(() => {
      // Of the changes of one turn the first to get here tells all.
      if (room.shown) return
      room.shown = [...room.members.values()]
      for (const [callback] of room.consumers) emitter.guard(room.path, callback, room.shown, room.count)
    })
  }

  /** Going on without a state that cannot be decoded would show a list that is not true. */
  const put = (room: Room, { identity, data, meta }: ListedMember): void =>
    readPayload(
      codec,
      { data, meta, bytes: [] },
      room.path,
      (state) => room.members.set(identity, { identity, state }),
      (error) => rooms.end(room, error),
    )

  /** A handler of a change, which is taken if it is the next one. */
  const changed = <TFrame extends Change>(
    apply: (room: Room, frame: TFrame) => unknown,
  ): ((as: number, frame: TFrame) => void) =>
    rooms.numbered((room, frame: TFrame) => {
      if (frame.version === ++room.version) {
        room.count = frame.count
        apply(room, frame)
        show(room)
      } else {
        rooms.retract(room)
        rooms.pump()
      }
    })

  const members = (path: string, params: unknown): Members<unknown> => ({
    subscribe(...listener) {
      const [callback, onError] = listener
      if (link.closed) {
        emitter.guard(path, onError, link.closed)
        return () => {}
      }
      const room = rooms.of(path, params)
      room.consumers.add(listener)
      if (room.shown) emitter.guard(path, callback, room.shown, room.count)
      link.wake()
      pump()
      return () => rooms.leave(room, listener)
    },
  })

  return {
    size: () => joins.size + rooms.all.size,
    pump,
    members,

    join(path, params, state, { onError = rethrow } = {}) {
      // `state` is what the server has; these it may refuse one by one.
      const patches = new Set<readonly [unknown]>()
      /** A temporary update that was made before the join could be sent. */
      let early: [unknown, UpdateOptions] | undefined
      const tell = (error: TrunklineError): void => emitter.guard(path, onError, error)
      const join: Join = {
        id: 0,
        send: () => {
          // Of what another session was sent no answer comes.
          for (const [patch] of patches) state = merge(state, patch)
          patches.clear()
          const payload = encode(state)
          link.keep(writeClientFrame({ join: ask(join), topic: path, params }, payload))
          if (early) update(...early)
          early = undefined
        },
        fail: (error) => {
          joins.delete(join)
          tell(error)
        },
      }
      const update = (patch: unknown, options: UpdateOptions = {}): void => {
        if (!joins.has(join)) return
        const { revertAfterMs } = options
        const payload = encode(patch)
        const entry = [patch] as const
        // What is temporary is not joined with again: nobody would put it back.
        if (!revertAfterMs) patches.add(entry)
        else if (!join.id) early = [patch, options]
        if (!join.id) return
        const done = (): void => {
          if (patches.delete(entry)) state = merge(state, patch)
        }
        const fail = (error: TrunklineError): void => {
          // What the server may have done after all stays.
          if (error.fate === 'maybe-executed') done()
          patches.delete(entry)
          // Of a join that has ended more was told already.
          if (joins.has(join)) tell(error)
        }
        const id = ask({ id: 0, done, fail })
        link.keep(writeClientFrame({ update: id, of: join.id, revertAfterMs }, payload))
      }
      encode(state)
      joins.add(join)
      if (link.closed) join.fail(link.closed)
      else {
        link.wake()
        pump()
      }
      return {
        members: members(path, params),
        update,
        leave: () => {
          if (!joins.delete(join) || !join.id) return
          asked.delete(join.id)
          link.keep(writeClientFrame({ leave: link.nextId(), of: join.id }))
        },
      }
    },

    renew() {
      asked.clear()
      for (const join of joins) join.id = 0
    },

    detached: rooms.detached,

    closed(error) {
      // Only those of now: an app that is told may connect and ask anew.
      for (const join of [...joins]) if (joins.has(join)) join.fail(error)
      for (const room of [...rooms.all.values()]) rooms.end(room, error)
    },

    handlers: {
      ok: (id) => {
        const asking = asked.get(id)
        if (!asking?.done) return
        asked.delete(id)
        asking.done()
      },
      error: (id, frame) => {
        const asking = asked.get(id)
        asked.delete(id)
        if (asking) asking.fail(new TrunklineError(frame.code, frame.message, frame))
        else rooms.closed(id, frame)
      },
      closed: rooms.closed,
      watched: rooms.answered((room, { version, count, members }) => {
        Object.assign(room, { version, count, members: new Map() })
        for (const member of members) put(room, member)
        show(room)
      }),
      member: changed<Change & ListedMember>(put),
      left: changed(({ members }, { identity }) => members.delete(identity)),
      present: changed(() => {}),
    },
  }
}

/** An object is merged, anything else replaces (P5.11). */
function merge(state: unknown, patch: unknown): unknown {
  return isObject(state) && isObject(patch) ? { ...state, ...patch } : patch
}

/** What nobody listens to is reported, except that the app closed its own connection. */
function rethrow(error: TrunklineError): void {
  if (error.code !== 'CONNECTION_CLOSED') throw error
}
