/**
 * The topics whose presence somebody watches on this node.
 *
 * Not a judge: `authorize` was asked before (watch-presence.ts). Rule: a room is there while somebody watches it.
 */
import { TrunklineError } from '@trunkline/core'
import { writeClosed } from '@trunkline/core/protocol'
import { brokerError } from '../topics/ask-broker.js'
import type { TopicSubscriber } from '../topics/subscription.js'
import { PresenceRoom, type PresenceRoomOptions, type WatchRequest } from './presence-room.js'

export class PresenceRooms {
  readonly #options: Omit<PresenceRoomOptions, 'key' | 'as'>
  readonly #rooms = new Map<string, PresenceRoom>()
  readonly #watched = new Map<TopicSubscriber, Map<number, PresenceRoom>>()
  #nextNumber = 1

  constructor(options: Omit<PresenceRoomOptions, 'key' | 'as'>) {
    this.#options = options
  }

  get size(): number {
    return this.#rooms.size
  }

  /** Answers a `watch`, now or later, with `watched` or `closed`. */
  watch(subscriber: TopicSubscriber, request: WatchRequest, key: string): void {
    const { id } = request
    const room = this.#rooms.get(key) ?? this.#open(key)
    if (room.watchers.has(subscriber)) {
      return tellClosed(
        subscriber,
        request,
        new TrunklineError('BAD_FRAME', 'This connection watches this topic already.'),
      )
    }
    const own = this.#watched.get(subscriber) ?? new Map<number, PresenceRoom>()
    this.#watched.set(subscriber, own.set(id, room))
    room.add(subscriber, request)
  }

  /** Ends one watch; nothing is answered (P6.8). */
  unwatch(subscriber: TopicSubscriber, id: number): void {
    const own = this.#watched.get(subscriber)
    const room = own?.get(id)
    if (own === undefined || room === undefined) return
    own.delete(id)
    if (own.size === 0) this.#watched.delete(subscriber)
    this.#leave(subscriber, room)
  }

  /** Ends all watches of a connection that is gone. */
  drop(subscriber: TopicSubscriber): void {
    const own = this.#watched.get(subscriber)
    this.#watched.delete(subscriber)
    for (const room of own?.values() ?? []) this.#leave(subscriber, room)
  }

  /** Asks again for the rights to what a connection watches; what is refused ends. Never rejects. */
  async recheck(subscriber: TopicSubscriber): Promise<void> {
    const rooms = [...(this.#watched.get(subscriber)?.values() ?? [])]
    await Promise.all(
      rooms.map(async (room) => {
        const request = room.watchers.get(subscriber)?.request
        await request?.recheck?.()?.catch((error: unknown) => this.#end(subscriber, room, request, error))
      }),
    )
  }

  /** Reads every room again. */
  refresh(): void {
    // One that fails is read again the next time.
    for (const room of this.#rooms.values()) room.refresh().catch(() => {})
  }

  close(): void {
    for (const room of this.#rooms.values()) room.close()
    this.#rooms.clear()
    this.#watched.clear()
  }

  #open(key: string): PresenceRoom {
    const room = new PresenceRoom({ ...this.#options, key, as: this.#nextNumber++ })
    this.#rooms.set(key, room)
    room.open().catch((error: unknown) => this.#fail(room, error))
    return room
  }

  #fail(room: PresenceRoom, error: unknown): void {
    if (this.#rooms.get(room.key) !== room) return
    for (const [subscriber, { request }] of [...room.watchers]) this.#end(subscriber, room, request, error)
  }

  #end(subscriber: TopicSubscriber, room: PresenceRoom, request: WatchRequest, error: unknown): void {
    // Ended, and maybe begun anew, while it was asked.
    if (room.watchers.get(subscriber)?.request !== request) return
    this.unwatch(subscriber, request.id)
    tellClosed(subscriber, request, brokerError(error))
  }

  #leave(subscriber: TopicSubscriber, room: PresenceRoom): void {
    room.watchers.delete(subscriber)
    if (room.watchers.size > 0) return
    room.close()
    this.#rooms.delete(room.key)
  }
}

function tellClosed(subscriber: TopicSubscriber, request: WatchRequest, error: TrunklineError): void {
  subscriber.send(writeClosed(request.id, error))
  request.onClosed(error)
}
