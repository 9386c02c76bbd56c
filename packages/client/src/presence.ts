/**
 * Who is present: joins of this client, and the lists of members that it watches (P5.11, P6.13).
 *
 * Not a topic subscription. All who watch one topic and params share one wire watch. Rule: a list is what the server said
 * up to a version; a version that does not follow the last one makes it ask again.
 */
import { type Codec, TrunklineError } from '@trunkline/core'
import { type ErrorFrame, type ListedMember, writeClientFrame } from '@trunkline/core/protocol'
import type { Emitter } from './emitter.js'
import type { Link, Rider } from './link.js'
import { isObject, keyOf } from './params-key.js'
import type { Joined, JoinOptions, Member, Members, UpdateOptions } from './presence-types.js'

export type { Joined, JoinOptions, Member, Members, UpdateOptions } from './presence-types.js'

/** A join or a watch: something that is asked for on every session, or on every connection. */
interface Wish {
  /** Of its frame; 0 while it waits to be sent. */
  id: number
  readonly send: () => void
  /** It is refused or over. */
  readonly fail: (error: TrunklineError) => void
}

interface Room extends Wish {
  readonly path: string
  readonly listeners: Set<Parameters<Members<unknown>['subscribe']>>
  /** The number of its changes on this connection; NaN while it is not answered. */
  as: number
  version: number
  count: number
  members: Map<string, Member<unknown>>
  /** What the listeners were given last; undefined while that is not what `members` are. */
  shown?: readonly Member<unknown>[] | undefined
}

/** What `error` and `closed` say alike. */
type Refusal = Pick<ErrorFrame, 'code' | 'message' | 'issues'>

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
  /** Joins by themselves, rooms by topic and params. */
  const wishes = new Map<unknown, Wish & Partial<Room>>()
  /** Joins, updates that are not answered, and rooms, by the id of their frame; rooms by `-as` as well. */
  const asked = new Map<number | null, Pick<Wish, 'fail'> & Partial<Room>>()

  const nextId = (asking: Pick<Wish, 'fail'>): number => {
    const id = link.nextId()
    asked.set(id, asking)
    return id
  }

  // A state holds no attachments; the server refuses one that does.
  const encode = (state: unknown): string => {
    const payload = codec.encode(state)
    return typeof payload === 'string' ? payload : payload.fragment
  }

  const pump = (): void => {
    // More than the server takes of a state and params.
    for (const wish of wishes.values()) if (!wish.id && link.hasRoom(5_000)) wish.send()
  }

  const add = (key: unknown, wish: Wish): void => {
    wishes.set(key, wish)
    if (link.closed) return wish.fail(link.closed)
    link.wake()
    pump()
  }

  /** What this connection said of a room is void. */
  const forget = (room: Wish & Partial<Room>): void => {
    asked.delete(room.id)
    asked.delete(-(room.as as number))
    room.id = 0
    // Another room may get this number on the next connection.
    room.as = Number.NaN
  }

  const unwatch = (room: Room): void => {
    if (room.id) link.post(writeClientFrame({ unsub: room.id }))
    forget(room)
  }

  const show = (room: Room): void => {
    room.shown = undefined
    defer(() => {
      // Of the changes of one turn the first to get here tells all.
      if (room.shown) return
      room.shown = [...room.members.values()]
      for (const [callback] of room.listeners) emitter.guard(room.path, callback, room.shown, room.count)
    })
  }

  const put = (room: Room, members: readonly ListedMember[]): void => {
    try {
      for (const { identity, data, meta } of members) {
        room.members.set(identity, { identity, state: codec.decode(data, meta, []) })
      }
    } catch (cause) {
      // Going on without it would show a list that is not true.
      unwatch(room)
      room.fail(new TrunklineError('RESULT_LOST', String(cause), { path: room.path, cause }))
    }
  }

  /** The room of a change, if it is the next one. */
  const next = (as: number, { version, count }: { version: number; count: number }): Room | undefined => {
    const room = asked.get(-as) as Room | undefined
    if (!room) return undefined
    if (version === ++room.version) {
      room.count = count
      show(room)
      return room
    }
    unwatch(room)
    return pump() as undefined
  }

  const refused = (id: number, frame: Refusal): void => {
    const asking = asked.get(id)
    asked.delete(id)
    asking?.fail(new TrunklineError(frame.code, frame.message, frame))
  }

  const members = (path: string, params: unknown): Members<unknown> => ({
    subscribe(...listener) {
      const key = keyOf(path, params)
      const listeners = (wishes.get(key) as Room | undefined)?.listeners ?? new Set()
      listeners.add(listener)
      const room = (wishes.get(key) ?? {
        id: 0,
        as: Number.NaN,
        path,
        listeners,
        members: new Map(),
        send: () => {
          room.id = nextId(room)
          link.post(writeClientFrame({ watch: room.id, topic: path, params }))
        },
        fail: (error) => {
          wishes.delete(key)
          for (const [, onError] of listeners) emitter.guard(path, onError, error)
          listeners.clear()
        },
      }) as Room
      if (room.shown) emitter.guard(path, listener[0], room.shown, room.count)
      add(key, room)
      return () => {
        if (!listeners.delete(listener) || listeners.size || wishes.get(key) !== room) return
        unwatch(room)
        wishes.delete(key)
      }
    },
  })

  return {
    size: () => wishes.size,
    pump,
    members,

    join(path, params, state, { onError = rethrow } = {}) {
      /** A temporary update that was made before the join could be sent. */
      let early: [unknown, UpdateOptions] | undefined
      const tell = (error: TrunklineError): void => emitter.guard(path, onError, error)
      const join: Wish = {
        id: 0,
        send: () => {
          const payload = encode(state)
          join.id = nextId(join)
          link.keep(writeClientFrame({ join: join.id, topic: path, params }, payload))
          if (early) update(...early)
          early = undefined
        },
        fail: (error) => {
          wishes.delete(join)
          tell(error)
        },
      }
      const update = (patch: unknown, options: UpdateOptions = {}): void => {
        if (!wishes.has(join)) return
        const { revertAfterMs } = options
        const payload = encode(patch)
        const before = state
        // What is temporary is not joined with again: nobody would put it back.
        if (!revertAfterMs) state = isObject(state) && isObject(patch) ? { ...state, ...patch } : patch
        else if (!join.id) early = [patch, options]
        if (!join.id) return
        const id = nextId({
          fail: (error) => {
            state = before
            // Of a join that has ended more was told already.
            if (wishes.has(join)) tell(error)
          },
        })
        link.keep(writeClientFrame({ update: id, of: join.id, revertAfterMs }, payload))
      }
      encode(state)
      add(join, join)
      return {
        members: members(path, params),
        update,
        leave: () => {
          if (!wishes.delete(join) || !join.id) return
          asked.delete(join.id)
          link.keep(writeClientFrame({ leave: link.nextId(), of: join.id }))
        },
      }
    },

    renew() {
      asked.clear()
      for (const wish of wishes.values()) wish.id = 0
    },

    detached() {
      for (const wish of wishes.values()) if (wish.members) forget(wish)
    },

    closed(error) {
      for (const wish of wishes.values()) wish.fail(error)
    },

    handlers: {
      // A join may end later (P6.15).
      ok: (id) => asked.get(id)?.send || asked.delete(id),
      error: refused,
      closed: refused,
      watched: (id, { as, version, count, members }) => {
        const room = asked.get(id) as Room | undefined
        if (!room?.members) return
        Object.assign(room, { as, version, count, members: new Map() })
        asked.set(-as, room)
        put(room, members)
        show(room)
      },
      member: (as, frame) => {
        const room = next(as, frame)
        if (room) put(room, [frame])
      },
      left: (as, frame) => next(as, frame)?.members.delete(frame.identity),
      present: next,
    },
  }
}

/** What nobody listens to is reported, except that the app closed its own connection. */
function rethrow(error: TrunklineError): void {
  if (error.code !== 'CONNECTION_CLOSED') throw error
}
