/**
 * Calls without a procedure: publish, join, update and leave (P5.9, P5.11).
 *
 * Not what they do. Rule: they are calls: the id increases, what is not answered holds a slot, and it is answered once.
 */
import { TrunklineError } from '@trunkline/core'
import { writeOk } from '@trunkline/core/protocol'
import type { Connection } from './connection.js'
import type { Session } from './session.js'
import { toTrunklineError } from './topic-access.js'

/** Whether there is a slot for it; answers where there is none. */
export function admitTopicCall(id: number, path: string, connection: Connection, session: Session): boolean {
  if (id <= session.lastId) {
    connection.refuseFrame(id, `Ids increase in a session: ${id} came after ${session.lastId}.`)
    return false
  }
  session.lastId = id
  const { maxCalls } = session.services.limits
  if (session.calls < maxCalls) return true
  const error = new TrunklineError('LIMIT_EXCEEDED', `${maxCalls} calls are running already.`)
  refuseTopicCall(id, path, error, session)
  return false
}

/** Answers what was admitted when it is done: `operation` gives the payload of the answer. */
export function answerTopicCall(id: number, path: string, session: Session, operation: Promise<string>): void {
  session.calls += 1
  operation
    .then(
      (payload) => session.send(writeOk(id, payload)),
      (error: unknown) => refuseTopicCall(id, path, toTrunklineError(error, path, session), session),
    )
    .finally(() => {
      session.calls -= 1
    })
}

/** Answers that it was refused, or that it has failed. */
export function refuseTopicCall(id: number, path: string, error: TrunklineError, session: Session): void {
  session.services.observer.callFailed(path, session.identity, error.code)
  session.refuse(id, error)
}
