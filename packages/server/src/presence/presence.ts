/**
 * Presence of one node: who of its sessions is on which topic, and who of its connections watches.
 *
 * Not shared between nodes: the store is. Rule: it has no timer of its own but for counts; the server's sweep drives it.
 * @see spec/PROTOCOL.md#5-calls
 */
import type { Clock } from '@trunkline/core'
import type { JoinFrame, LeaveFrame, UpdateFrame, WatchFrame } from '@trunkline/core/protocol'
import type { Connection } from '../connection.js'
import type { Session } from '../session.js'
import type { PresenceStore } from '../topics/presence-store.js'
import type { TopicSubscriber } from '../topics/subscription.js'
import { OwnMembers } from './own-members.js'
import { PresenceRooms } from './presence-rooms.js'
import { SessionJoins } from './session-joins.js'
import { watchPresence } from './watch-presence.js'

/** What presence needs. */
export interface PresenceOptions {
  readonly store: PresenceStore
  readonly clock: Clock
  readonly endOfTurn: (callback: () => void) => void
  readonly highWaterBytes: number
  /** How long a member stays after its session lost the socket, in milliseconds. */
  readonly graceMs: number
}

export class Presence {
  readonly #clock: Clock
  readonly #graceMs: number
  readonly #refreshMs: number
  readonly #own: OwnMembers
  readonly #joins: SessionJoins
  readonly #rooms: PresenceRooms
  #refreshAt: number

  constructor(options: PresenceOptions) {
    const { store, clock, graceMs } = options
    // A dead node's members stay for two thirds of this at least, which is the grace in which their clients come back to
    // another node, and are noticed gone a third after it at the latest: between once and twice the grace.
    const leaseMs = Math.max(3_000, graceMs * 1.5)
    this.#clock = clock
    this.#graceMs = graceMs
    this.#refreshMs = leaseMs / 3
    this.#refreshAt = clock.now() + this.#refreshMs
    this.#own = new OwnMembers(store, clock, leaseMs)
    this.#joins = new SessionJoins(this.#own, graceMs, options.endOfTurn)
    this.#rooms = new PresenceRooms(options)
  }

  join(frame: JoinFrame, connection: Connection, session: Session): void {
    this.#joins.join(frame, connection, session)
  }

  update(frame: UpdateFrame, connection: Connection, session: Session): void {
    this.#joins.update(frame, connection, session)
  }

  leave(frame: LeaveFrame, connection: Connection, session: Session): void {
    this.#joins.leave(frame, connection, session)
  }

  watch(frame: WatchFrame, connection: Connection, session: Session): void {
    // A room reads the store, which must not find this node's own members dead.
    this.#own.renewIfDue()
    watchPresence(this.#rooms, frame, connection, session)
  }

  unwatch(subscriber: TopicSubscriber, id: number): void {
    this.#rooms.unwatch(subscriber, id)
  }

  /** A connection is gone: it watches nothing. What its session joined stays for the grace. */
  drop(subscriber: TopicSubscriber): void {
    this.#rooms.drop(subscriber)
  }

  /** The client said goodbye (P3.9). */
  left(session: Session): void {
    this.#joins.leaveAll(session)
  }

  resumed(session: Session): void {
    this.#joins.resumed(session)
  }

  /** Asks again for the rights to what a session joined and its connection watches. Never rejects. */
  async recheck(session: Session, subscriber: TopicSubscriber | undefined): Promise<void> {
    await Promise.all([this.#joins.recheck(session), subscriber && this.#rooms.recheck(subscriber)])
  }

  /** As time passes: graces that are over, the lease, and rooms that may have missed something. */
  sweep(): void {
    const now = this.#clock.now()
    this.#joins.sweep(now)
    this.#own.sweep()
    if (now < this.#refreshAt) return
    this.#refreshAt = now + this.#refreshMs
    this.#rooms.refresh()
  }

  async close(): Promise<void> {
    this.#rooms.close()
    await this.#own.close(this.#graceMs)
  }
}
