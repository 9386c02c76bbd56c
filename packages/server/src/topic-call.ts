/**
 * Calls without a procedure: publish, join, update and leave (P5.9, P5.11).
 *
 * Not what they do. Rule: they are calls: the id increases, what is not answered holds a slot, and it is answered once.
 * What is asked of presence has slots of its own, since it does not wait for calls in the client either; a `leave` needs
 * none, for whoever could not leave would be shown for ever.
 */
import { TrunklineError } from '@trunkline/core'
import { writeOk } from '@trunkline/core/protocol'
import type { Connection } from './connection.js'
import type { Session } from './session.js'
import { toTrunklineError } from './topic-access.js'

/** The session's count of the slots that it takes one of; `undefined` where it is not limited. */
export type Slots = 'calls' | 'presenceCalls' | undefined

/** Whether there is a slot for it; answers where there is none. */
export function admitTopicCall(
  id: number,
  path: string,
  slots: Slots,
  connection: Connection,
  session: Session,
): boolean {
  if (id <= session.lastId) {
    connection.refuseFrame(id, `Ids increase in a session: ${id} came after ${session.lastId}.`)
    return false
  }
  session.lastId = id
  const { maxCalls } = session.services.limits
  if (slots === undefined || session[slots] < maxCalls) return true
  const taken = slots === 'calls' ? 'calls are running already.' : 'joins and updates are not answered yet.'
  refuseTopicCall(id, path, new TrunklineError('LIMIT_EXCEEDED', `${maxCalls} ${taken}`), session)
  return false
}

/** Answers what was admitted when it is done: `operation` gives the payload of the answer. */
export function answerTopicCall(
  id: number,
  path: string,
  slots: Slots,
  session: Session,
  operation: Promise<string>,
): void {
  if (slots !== undefined) session[slots] += 1
  operation
    .then(
      (payload) => session.send(writeOk(id, payload)),
      (error: unknown) => refuseTopicCall(id, path, toTrunklineError(error, path, session), session),
    )
    .finally(() => {
      if (slots !== undefined) session[slots] -= 1
    })
}

/** Answers that it was refused, or that it has failed. */
export function refuseTopicCall(id: number, path: string, error: TrunklineError, session: Session): void {
  session.services.observer.callFailed(path, session.identity, error.code)
  session.refuse(id, error)
}
