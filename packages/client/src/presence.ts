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

interface Update extends Asked, UpdateOptions {
  /** Which members it sets, and for how long: a later one of the same leaves nothing of it. */
  readonly memberNames: string
  readonly payload: string
  readonly done: () => void
}

/** A join is asked for on every session. */
interface Join extends Asked {
  /** Sends what waits: the join, its updates. */
  send(): void
}

/** The presence of a client. */
export interface Presence extends Rider {
  join(path: string, params: unknown, state: unknown, options?: JoinOptions): Joined<unknown, unknown>
  members(path: string, params: unknown): Members<unknown>
}

export function createPresence(link: Link, codec: Codec, emitter: Emitter): Presence {
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
    for (const join of joins) if (link.hasRoom(5_000)) join.send()
    rooms.pump()
  }

  const show = (room: Room): void => {
    room.shown = undefined
    queueMicrotask(() => {
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
      /** `state` is what the server has, but for these: what it may still refuse, and behind that what waits to be sent. */
      const updates = new Set<Update>()
      const tell = (error: TrunklineError): void => emitter.guard(path, onError, error)
      const join: Join = {
        id: 0,
        send: () => {
          if (!join.id) {
            for (const each of updates) {
              // What is temporary is not joined with: nobody would put it back.
              if (each.revertAfterMs) break
              // Of what another session was sent no answer comes.
              each.done()
            }
            const payload = encode(state)
            link.keep(writeClientFrame({ join: ask(join), topic: path, params }, payload))
          }
          for (const each of updates) {
            const { id, payload, revertAfterMs } = each
            if (id) continue
            if (revertAfterMs) updates.delete(each)
            link.keep(writeClientFrame({ update: ask(each), of: join.id, revertAfterMs }, payload))
          }
        },
        fail: (error) => {
          joins.delete(join)
          tell(error)
        },
      }
      const update = (patch: unknown, { revertAfterMs }: UpdateOptions = {}): void => {
        if (!joins.has(join)) return
        const asking: Update = {
          id: 0,
          memberNames: JSON.stringify([revertAfterMs, isObject(patch) && Object.keys(patch)]),
          payload: encode(patch),
          revertAfterMs,
          done: () => {
            asked.delete(asking.id)
            if (updates.delete(asking)) state = merge(state, patch)
          },
          fail: (error) => {
            // What the server may have done after all stays.
            if (error.fate === 'maybe-executed') asking.done()
            updates.delete(asking)
            // Of a join that has ended more was told already.
            if (joins.has(join)) tell(error)
          },
        }
        for (const each of updates) if (!each.id && each.memberNames === asking.memberNames) updates.delete(each)
        updates.add(asking)
        // Of several joins of one identity the one that was updated last shows.
        joins.delete(join)
        joins.add(join)
        pump()
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
      ok: (id) => asked.get(id)?.done?.(),
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
