/**
 * The joins of all sessions: frames in, answers out, and the grace after a lost socket.
 *
 * Not one join's state (join.ts). Rule: only `leave` and `bye` end a join at once; whatever else happens to a socket or a
 * session waits for the grace, so that a reload shows nobody leaving (P5.12).
 */
import { TrunklineError } from '@trunkline/core'
import { type JoinFrame, type LeaveFrame, type UpdateFrame, writeOk } from '@trunkline/core/protocol'
import type { Connection } from '../connection.js'
import type { Session } from '../session.js'
import { toTrunklineError } from '../topic-access.js'
import { Join } from './join.js'
import type { OwnMembers } from './own-members.js'

export class SessionJoins {
  readonly #own: OwnMembers
  readonly #graceMs: number
  readonly #sessions = new Set<Session>()
  #nextJoin = 1

  constructor(own: OwnMembers, graceMs: number) {
    this.#own = own
    this.#graceMs = graceMs
  }

  /** Sessions that have joins or had them a moment ago. */
  get size(): number {
    return this.#sessions.size
  }

  join(frame: JoinFrame, connection: Connection, session: Session): void {
    if (!admit(frame.id, connection, session)) return
    const { maxSubscriptions } = session.services.limits
    if (connection.topicSlots + session.subscriptions >= maxSubscriptions) {
      const message = `${maxSubscriptions} subscriptions and joins are open already.`
      return session.refuse(frame.id, new TrunklineError('LIMIT_EXCEEDED', message))
    }
    const join = new Join(session, this.#own, `${this.#own.node}.${(this.#nextJoin++).toString(36)}`, frame.topic)
    session.joins.set(frame.id, join)
    this.#sessions.add(session)
    const entered = join.enter(frame).catch((error: unknown) => {
      session.joins.delete(frame.id)
      void join.leave()
      throw error
    })
    answer(frame.id, frame.topic, session, entered)
  }

  update(frame: UpdateFrame, connection: Connection, session: Session): void {
    if (!admit(frame.id, connection, session)) return
    const join = session.joins.get(frame.of)
    if (join === undefined) return refuseUnknown(frame.id, frame.of, session)
    answer(frame.id, join.path, session, join.update(frame))
  }

  leave(frame: LeaveFrame, connection: Connection, session: Session): void {
    if (!admit(frame.id, connection, session)) return
    const join = session.joins.get(frame.of)
    if (join === undefined) return refuseUnknown(frame.id, frame.of, session)
    session.joins.delete(frame.of)
    answer(frame.id, join.path, session, join.leave())
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
      session.refuse(id, toTrunklineError(error, join.path, session))
    }
  }

  /** Ends the joins of sessions that have been without a socket for `graceMs`. */
  sweep(now: number): void {
    for (const session of this.#sessions) {
      if (session.joins.size === 0) this.#sessions.delete(session)
      else if (session.detachedAt !== undefined && now - session.detachedAt >= this.#graceMs) {
        if (session.ended) this.leaveAll(session)
        else for (const join of session.joins.values()) join.lapse()
      }
    }
  }
}

/** As for a call: the id must increase, and what was not answered holds a slot. */
function admit(id: number, connection: Connection, session: Session): boolean {
  if (id <= session.lastId) {
    connection.refuseFrame(id, `Ids increase in a session: ${id} came after ${session.lastId}.`)
    return false
  }
  session.lastId = id
  const { maxCalls } = session.services.limits
  if (session.calls < maxCalls) return true
  session.refuse(id, new TrunklineError('LIMIT_EXCEEDED', `${maxCalls} calls are running already.`))
  return false
}

function refuseUnknown(id: number, of: number, session: Session): void {
  session.refuse(id, new TrunklineError('NOT_FOUND', `This session has no join ${of}.`))
}

function answer(id: number, path: string, session: Session, operation: Promise<void>): void {
  session.calls += 1
  operation
    .then(
      () => session.send(writeOk(id, '')),
      (error: unknown) => {
        const refused = toTrunklineError(error, path, session)
        session.services.observer.callFailed(path, session.identity, refused.code)
        session.refuse(id, refused)
      },
    )
    .finally(() => {
      session.calls -= 1
    })
}
