/**
 * The joins of all sessions: frames in, answers out, and the grace after a lost socket.
 *
 * Not one join's state (join.ts). Rule: only `leave` and `bye` end a join at once; whatever else happens to a socket or a
 * session waits for the grace, so that a reload shows nobody leaving (P5.12).
 */
import { TrunklineError } from '@trunkline/core'
import type { JoinFrame, LeaveFrame, UpdateFrame } from '@trunkline/core/protocol'
import type { Connection } from '../connection.js'
import type { Session } from '../session.js'
import { toTrunklineError } from '../topic-access.js'
import { admitTopicCall, answerTopicCall, refuseTopicCall, type Slots } from '../topic-call.js'
import { Join } from './join.js'
import type { OwnMembers } from './own-members.js'

/** Joins that lapse in one turn of the event loop, each with a write to the store: a network that fails takes thousands. */
const LAPSES_PER_TURN = 500

export class SessionJoins {
  readonly #own: OwnMembers
  readonly #graceMs: number
  readonly #endOfTurn: (callback: () => void) => void
  readonly #sessions = new Set<Session>()
  #nextJoin = 1

  constructor(own: OwnMembers, graceMs: number, endOfTurn: (callback: () => void) => void) {
    this.#own = own
    this.#graceMs = graceMs
    this.#endOfTurn = endOfTurn
  }

  /** Sessions that have joins or had them a moment ago. */
  get size(): number {
    return this.#sessions.size
  }

  join(frame: JoinFrame, connection: Connection, session: Session): void {
    if (!admitTopicCall(frame.id, frame.topic, 'presenceCalls', connection, session)) return
    const { maxSubscriptions } = session.services.limits
    if (connection.topicSlots + session.subscriptions >= maxSubscriptions) {
      const message = `${maxSubscriptions} subscriptions and joins are open already.`
      return refuseTopicCall(frame.id, frame.topic, new TrunklineError('LIMIT_EXCEEDED', message), session)
    }
    const join = new Join(session, this.#own, `${this.#own.node}.${(this.#nextJoin++).toString(36)}`, frame.topic)
    session.joins.set(frame.id, join)
    this.#sessions.add(session)
    const entered = join.enter(frame).catch((error: unknown) => {
      session.joins.delete(frame.id)
      void join.leave()
      throw error
    })
    answer(frame.id, frame.topic, 'presenceCalls', session, entered)
  }

  update(frame: UpdateFrame, connection: Connection, session: Session): void {
    const join = session.joins.get(frame.of)
    if (!admitTopicCall(frame.id, join?.path ?? '', 'presenceCalls', connection, session)) return
    if (join === undefined) return refuseUnknown(frame.id, frame.of, session)
    answer(frame.id, join.path, 'presenceCalls', session, join.update(frame))
  }

  leave(frame: LeaveFrame, connection: Connection, session: Session): void {
    const join = session.joins.get(frame.of)
    if (!admitTopicCall(frame.id, join?.path ?? '', undefined, connection, session)) return
    if (join === undefined) return refuseUnknown(frame.id, frame.of, session)
    session.joins.delete(frame.of)
    answer(frame.id, join.path, undefined, session, join.leave())
  }

  /** The client said goodbye, or its grace is over and so is the session. */
  leaveAll(session: Session): void {
    for (const join of session.joins.values()) void join.leave()
    session.joins.clear()
    this.#sessions.delete(session)
  }

  /** The session is on a socket again. Who lost the right meanwhile is not shown again. */
  resumed(session: Session): void {
    for (const join of session.joins.values()) {
      if (join.mayHaveLostRight) void this.#recheck(session, join).then(() => join.revive())
      else join.revive()
    }
  }

  /** Asks again for the rights of a session's joins; those that are refused end (P6.15). Never rejects. */
  async recheck(session: Session): Promise<void> {
    await Promise.all([...session.joins.values()].map((join) => this.#recheck(session, join)))
  }

  async #recheck(session: Session, join: Join): Promise<void> {
    try {
      await join.recheck()
    } catch (error) {
      void join.leave()
      // It may have left by itself meanwhile: then there is nobody to tell.
      const id = [...session.joins].find(([, other]) => other === join)?.[0]
      if (id === undefined) return
      session.joins.delete(id)
      refuseTopicCall(id, join.path, toTrunklineError(error, join.path, session), session)
    }
  }

  /** Ends the joins of sessions that have been without a socket for `graceMs`. */
  sweep(now: number): void {
    let left = LAPSES_PER_TURN
    for (const session of this.#sessions) {
      const { joins, detachedAt } = session
      if (joins.size === 0) this.#sessions.delete(session)
      else if (detachedAt !== undefined && now - detachedAt >= this.#graceMs) {
        if (left <= 0) return this.#endOfTurn(() => this.sweep(now))
        if (session.ended) {
          left -= joins.size
          this.leaveAll(session)
        } else for (const join of joins.values()) if (join.lapse()) left -= 1
      }
    }
  }
}

function refuseUnknown(id: number, of: number, session: Session): void {
  refuseTopicCall(id, '', new TrunklineError('NOT_FOUND', `This session has no join ${of}.`), session)
}

/** The answer says no more than that it is done. */
function answer(id: number, path: string, slots: Slots, session: Session, operation: Promise<void>): void {
  answerTopicCall(
    id,
    path,
    slots,
    session,
    operation.then(() => ''),
  )
}
