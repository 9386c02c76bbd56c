/**
 * The topics whose presence somebody watches on this node.
 *
 * Not a judge: `authorize` was asked before (watch-presence.ts). Rule: a room is there while somebody watches it.
 */
import { isTrunklineErrorLike, TrunklineError } from '@trunkline/core'
import { writeClosed } from '@trunkline/core/protocol'
import type { TopicSubscriber } from '../topics/subscription.js'
import { PresenceRoom, type PresenceRoomOptions } from './presence-room.js'

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

  /**
   * Answers a `watch`, now or later, with `watched` or `closed`.
   *
   * @param onClosed - called when it was refused or ended from here, not after `unwatch` and `drop`.
   */
  watch(subscriber: TopicSubscriber, id: number, key: string, onClosed: () => void): void {
    const room = this.#rooms.get(key) ?? this.#open(key)
    if (room.watchers.has(subscriber)) {
      onClosed()
      const message = 'This connection watches this topic already.'
      return subscriber.send(writeClosed(id, new TrunklineError('BAD_FRAME', message)))
    }
    const own = this.#watched.get(subscriber) ?? new Map<number, PresenceRoom>()
    this.#watched.set(subscriber, own.set(id, room))
    room.add(subscriber, id, onClosed)
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
    const refusal = isTrunklineErrorLike(error)
      ? error
      : new TrunklineError('BROKER_UNAVAILABLE', undefined, { cause: error })
    for (const [subscriber, { id, onClosed }] of [...room.watchers]) {
      this.unwatch(subscriber, id)
      onClosed()
      subscriber.send(writeClosed(id, refusal))
    }
  }

  #leave(subscriber: TopicSubscriber, room: PresenceRoom): void {
    room.watchers.delete(subscriber)
    if (room.watchers.size > 0) return
    room.close()
    this.#rooms.delete(room.key)
  }
}
