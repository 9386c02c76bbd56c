/**
 * Admits a call: its id, its procedure, its place among the running ones; then it runs by itself.
 *
 * Rule: what is refused here has run nothing, and its answer says so.
 */
import { type ErrorCode, TrunklineError } from '@trunkline/core'
import type { CallFrame } from '@trunkline/core/protocol'
import { Call } from './call.js'
import type { Connection } from './connection.js'
import { lost } from './idempotency.js'
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
  const found = session.services.routes.procedure(frame.path)
  if (!(found instanceof Promise)) return run(found, frame, session)
  found.then(
    (procedure) => run(procedure, frame, session),
    (error: unknown) => {
      session.services.observer.handlerFailed(frame.path, session.identity, 'lazy router', error)
      refuse(frame, session, 'INTERNAL', 'The router of this path could not be loaded.')
    },
  )
}

function run(procedure: CompiledProcedure | undefined, frame: CallFrame, session: Session): void {
  if (procedure === undefined) {
    // What was loaded lazily is loaded by now.
    const isTopic = session.services.routes.topic(frame.path) !== undefined
    const message = isTopic
      ? `${quote(frame.path)} is a topic: use subscribe with onEvent.`
      : `No procedure ${quote(frame.path)}.`
    return refuse(frame, session, 'NOT_FOUND', message)
  }
  const { kind, idempotent } = procedure.definition
  if (VERB[kind] !== frame.kind) {
    return refuse(frame, session, 'NOT_FOUND', `${quote(frame.path)} is a ${kind}: use ${VERB[kind]}.`)
  }
  const { maxCalls, maxSubscriptions } = session.services.limits
  if (frame.kind === 'subscribe') {
    if (session.subscriptions >= maxSubscriptions) {
      return refuse(frame, session, 'LIMIT_EXCEEDED', `${maxSubscriptions} subscriptions are open already.`)
    }
    const stream = new Stream(session, procedure, frame)
    session.streams += 1
    session.add(frame.id, stream)
    void stream['~start'](frame)
    return
  }
  if (session.calls >= maxCalls) {
    return refuse(frame, session, 'LIMIT_EXCEEDED', `${maxCalls} calls are running already.`)
  }
  if (frame.kind === 'mutate' && frame.resend && idempotent === undefined) {
    return session.refuse(frame.id, lost(procedure))
  }
  const call = new Call(session, procedure, frame.id)
  session.calls += 1
  call['~start'](frame)
  if (!call['~settled']) session.add(frame.id, call)
}

function refuse(frame: CallFrame, session: Session, code: ErrorCode, message: string): void {
  session.services.observer.callFailed(frame.path, session.identity, code)
  session.refuse(frame.id, new TrunklineError(code, message, { fate: 'rejected' }))
}

function quote(path: string): string {
  return JSON.stringify(path)
}
