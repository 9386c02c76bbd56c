/**
 * Admits a call: its id, its procedure, its place among the running ones; then it runs by itself.
 *
 * Rule: what is refused here has run nothing, and its answer says so.
 */
import type { CallFrame } from '@trunkline/core/protocol'
import { Call } from './call.js'
import type { Connection } from './connection.js'
import { lost } from './idempotency.js'
import { LoadingCall } from './loading-call.js'
import { refuseCall } from './refuse-call.js'
import type { CompiledProcedure } from './routes.js'
import type { Session } from './session.js'
import { Stream } from './stream.js'

const VERB = { query: 'query', mutation: 'mutate', subscription: 'subscribe' } as const

/** Starts the call of a frame, or answers why not. */
export function startCall(frame: CallFrame, connection: Connection, session: Session): void {
  if (frame.id <= session.lastId) {
    return connection.refuseFrame(frame.id, `Ids increase in a session: ${frame.id} came after ${session.lastId}.`)
  }
  session.lastId = frame.id
  session.services.observer.counters.callsStarted += 1
  // Before its path is looked at: where that has to be loaded, a peer at its limit loads nothing (P12.1).
  if (!isAdmitted(frame, connection, session)) return
  const found = session.services.routes.procedure(frame.path)
  if (!(found instanceof Promise)) return run(found, frame, session)
  // It holds a slot while it waits, and gives it back right before it runs.
  new LoadingCall(session, frame).wait(found, (procedure, left) => run(procedure, left, session))
}

function run(procedure: CompiledProcedure | undefined, frame: CallFrame, session: Session): void {
  if (procedure === undefined) {
    // What was loaded lazily is loaded by now.
    const isTopic = session.services.routes.topic(frame.path) !== undefined
    const message = isTopic
      ? `${quote(frame.path)} is a topic: use subscribe with onEvent.`
      : `No procedure ${quote(frame.path)}.`
    return refuseCall(frame, session, 'NOT_FOUND', message)
  }
  const { kind, idempotent } = procedure.definition
  if (VERB[kind] !== frame.kind) {
    return refuseCall(frame, session, 'NOT_FOUND', `${quote(frame.path)} is a ${kind}: use ${VERB[kind]}.`)
  }
  if (frame.kind === 'subscribe') {
    const stream = new Stream(session, procedure, frame)
    session.streams += 1
    session.add(frame.id, stream)
    void stream['~start'](frame)
    return
  }
  if (frame.kind === 'mutate' && frame.resend && idempotent === undefined) {
    return session.refuse(frame.id, lost(procedure))
  }
  const call = new Call(session, procedure, frame.id)
  session.calls += 1
  call['~start'](frame)
  if (!call['~settled']) session.add(frame.id, call)
}

/** Whether there is a slot for it; answers where there is none. */
function isAdmitted(frame: CallFrame, connection: Connection, session: Session): boolean {
  const { maxCalls, maxSubscriptions } = session.services.limits
  if (frame.kind === 'subscribe') {
    if (connection.topicSlots + session.subscriptions < maxSubscriptions) return true
    refuseCall(frame, session, 'LIMIT_EXCEEDED', `${maxSubscriptions} subscriptions are open already.`)
  } else {
    if (session.calls < maxCalls) return true
    refuseCall(frame, session, 'LIMIT_EXCEEDED', `${maxCalls} calls are running already.`)
  }
  return false
}

function quote(path: string): string {
  return JSON.stringify(path)
}
