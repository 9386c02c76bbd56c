/**
 * Who is present: joins of this client, and the lists of members that it watches (P5.11, P6.13).
 *
 * Not a topic subscription. All who watch one topic and params share one wire watch. Rule: a list is what the server said
 * up to a version; a version that does not follow the last one makes it ask again.
 */
import { type Codec, TrunklineError } from '@trunkline/core'
import {
  type ListedMember,
  type ServerFrame,
  writeJoin,
  writeLeave,
  writeUnsub,
  writeUpdate,
  writeWatch,
} from '@trunkline/core/protocol'
import type { Emitter } from './emitter.js'
import type { FrameHandlers, Link, Rider } from './link.js'
import { isObject, keyOf } from './topic.js'

/** Somebody who is present. */
export interface Member<TState> {
  /** Who it is, as the server's `authenticate` says. Several connections of one identity are one member. */
  readonly identity: string
  /** What it joined with, and its updates; of several connections that of the one updated last. */
  readonly state: TState
}

/** Those who are present on a topic. */
export interface Members<TState> {
  /**
   * Calls back with who is present, at once if that is known, and after each change; changes of one turn are one call.
   * While the connection is away the last list stays.
   *
   * @param callback - gets a new array each time; `count` is more than its length above 200 members.
   * @param onError - the server refused, or the connection was closed for good; nothing follows.
   * @returns what ends it.
   */
  subscribe(
    callback: (members: readonly Member<TState>[], count: number) => void,
    onError?: (error: TrunklineError) => void,
  ): () => void
}

/** Options of a join. */
export interface JoinOptions {
  /**
   * The server refused the join, which has ended then, or an update, which is undone; or the connection was closed for
   * good. Default: the connection's `listener-failed` tells.
   */
  readonly onError?: ((error: TrunklineError) => void) | undefined
}

/** Options of an update. */
export interface UpdateOptions {
  /**
   * Milliseconds, from 1 to a day, after which the server puts the old values back, also if this client is gone. Another
   * update of the same members before that starts anew.
   */
  readonly revertAfterMs?: number | undefined
}

/** What `join` gives. */
export interface Joined<TJoin, TState> {
  readonly members: Members<TState>
  /** Changes the state: an object is merged, anything else replaces. After a lost session it is joined with again. */
  update(patch: TJoin extends object ? Partial<TJoin> : TJoin, options?: UpdateOptions): void
  /** Leaves at once. */
  leave(): void
}

interface Join {
  /** Of the `join` frame in this session; 0 while it waits. */
  id: number
  readonly send: () => void
  readonly fail: (error: TrunklineError) => void
}

interface Room {
  readonly key: string
  readonly path: string
  readonly params: unknown
  readonly listeners: Set<Parameters<Members<unknown>['subscribe']>>
  /** Of the `watch` frame on this connection; 0 while it waits. */
  id: number
  /** The number of its changes on this connection; -1 while it is not answered. */
  as: number
  version: number
  count: number
  members: Map<string, Member<unknown>>
  shown: readonly Member<unknown>[] | undefined
  isChanging: boolean
}

/** The presence of a client. */
export interface Presence extends Rider {
  join(path: string, params: unknown, state: unknown, options?: JoinOptions): Joined<unknown, unknown>
  members(path: string, params: unknown): Members<unknown>
}

/**
 * @param others - take the answers that are not for a join or a watch.
 */
export function createPresence(
  link: Link,
  codec: Codec,
  emitter: Emitter,
  others: FrameHandlers,
  defer: (callback: () => void) => void = queueMicrotask,
): Presence {
  const joins = new Set<Join>()
  const rooms = new Map<string, Room>()
  /** What to do when a join or update that was not answered is refused. */
  const asked = new Map<number, (error: TrunklineError) => void>()

  const ask = (write: (id: number, payload: string) => string, value: unknown, fail: Join['fail']): number => {
    const payload = codec.encode(value)
    const id = link.nextId()
    asked.set(id, fail)
    // A state holds no attachments; the server refuses one that does.
    link.keep(write(id, typeof payload === 'string' ? payload : payload.fragment))
    return id
  }

  const pump = (): void => {
    // More than a state and params that the server takes.
    for (const join of joins) if (!join.id && link.hasRoom(5_000)) join.send()
    for (const room of rooms.values()) {
      if (room.id || !link.hasRoom(512)) continue
      room.id = link.nextId()
      link.post(writeWatch(room.id, room.path, room.params))
    }
  }

  const find = (name: 'id' | 'as', value: number): Room | undefined => {
    for (const room of rooms.values()) if (room[name] === value) return room
    return undefined
  }

  const forget = (room: Room): void => {
    room.id = 0
    room.as = -1
  }

  const unwatch = (room: Room): void => {
    if (room.id) link.post(writeUnsub(room.id))
    forget(room)
  }

  const end = (room: Room, error: TrunklineError): void => {
    rooms.delete(room.key)
    for (const [, onError] of room.listeners) emitter.guard(room.path, onError, error)
  }

  const show = (room: Room): void => {
    if (room.isChanging) return
    room.isChanging = true
    defer(() => {
      room.isChanging = false
      room.shown = [...room.members.values()]
      for (const [callback] of room.listeners) emitter.guard(room.path, callback, room.shown, room.count)
    })
  }

  const put = (room: Room, { identity, data, meta }: ListedMember): void => {
    try {
      room.members.set(identity, { identity, state: codec.decode(data, meta, []) })
    } catch (cause) {
      // Going on without it would show a list that is not true.
      unwatch(room)
      end(room, new TrunklineError('RESULT_LOST', String(cause), { path: room.path, cause }))
    }
  }

  /** The room of a change, if it is the next one. */
  const next = ({ as, version, count }: ServerFrame & { kind: 'member' | 'left' | 'present' }): Room | undefined => {
    const room = find('as', as)
    if (!room) return
    if (version !== room.version + 1) {
      unwatch(room)
      pump()
      return
    }
    room.version = version
    room.count = count
    show(room)
    return room
  }

  const members = (path: string, params: unknown): Members<unknown> => ({
    subscribe(...listener) {
      const key = keyOf(path, params)
      const room: Room = rooms.get(key) ?? {
        key,
        path,
        params,
        listeners: new Set(),
        id: 0,
        as: -1,
        version: 0,
        count: 0,
        members: new Map(),
        shown: undefined,
        isChanging: false,
      }
      room.listeners.add(listener)
      if (link.closed) end(room, link.closed)
      else {
        rooms.set(key, room)
        if (room.shown) emitter.guard(path, listener[0], room.shown, room.count)
        link.wake()
        pump()
      }
      return () => {
        if (!room.listeners.delete(listener) || room.listeners.size || rooms.get(key) !== room) return
        unwatch(room)
        rooms.delete(key)
      }
    },
  })

  return {
    size: () => joins.size + rooms.size,
    pump,
    members,

    join(path, params, state, { onError = rethrow } = {}) {
      /** A temporary update that was made before the join could be sent. */
      let early: [unknown, UpdateOptions] | undefined
      const tell = (error: TrunklineError): void => emitter.guard(path, onError, error)
      const join: Join = {
        id: 0,
        send: () => {
          join.id = ask((id, payload) => writeJoin(id, path, params, payload), state, join.fail)
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
        const before = state
        // What is temporary is not joined with again: nobody would put it back.
        if (!revertAfterMs) state = isObject(state) && isObject(patch) ? { ...state, ...patch } : patch
        if (join.id) {
          ask(
            (id, payload) => writeUpdate(id, join.id, payload, revertAfterMs),
            patch,
            (error) => {
              state = before
              tell(error)
            },
          )
        } else if (revertAfterMs) early = [patch, options]
      }
      if (link.closed) join.fail(link.closed)
      else {
        joins.add(join)
        link.wake()
        pump()
      }
      return {
        members: members(path, params),
        update,
        leave: () => {
          if (joins.delete(join) && join.id) link.keep(writeLeave(link.nextId(), join.id))
        },
      }
    },

    renew() {
      asked.clear()
      for (const join of joins) join.id = 0
    },

    detached() {
      for (const room of rooms.values()) forget(room)
    },

    closed(error) {
      for (const join of joins) join.fail(error)
      for (const room of rooms.values()) end(room, error)
    },

    handlers: {
      ok: (frame) => asked.delete(frame.id) || others.ok?.(frame),
      error: (frame) => {
        const { id, code, message } = frame
        const fail = asked.get(id as number)
        if (!fail) return others.error?.(frame)
        asked.delete(id as number)
        fail(new TrunklineError(code, message, frame))
      },
      closed: (frame) => {
        const { id, code, message, issues } = frame
        const room = find('id', id)
        if (room) end(room, new TrunklineError(code, message, { issues, path: room.path }))
        else others.closed?.(frame)
      },
      watched: ({ id, as, version, count, members }) => {
        const room = find('id', id)
        if (!room) return
        Object.assign(room, { as, version, count, members: new Map() })
        for (const member of members) put(room, member)
        show(room)
      },
      member: (frame) => {
        const room = next(frame)
        if (room) put(room, frame)
      },
      left: (frame) => void next(frame)?.members.delete(frame.identity),
      present: next,
    },
  }
}

function rethrow(error: TrunklineError): never {
  throw error
}
