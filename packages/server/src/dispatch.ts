/**
 * From a frame to what handles it: one switch, a line per kind.
 *
 * Rule: no try, no I/O here; whatever is called answers by itself.
 */
import { type ClientFrame, writeCount } from '@trunkline/core/protocol'
import { publishFromClient } from './client-publish.js'
import type { Connection } from './connection.js'
import { refresh, sayBye } from './connection-frames.js'
import type { Session } from './session.js'
import { startCall } from './start-call.js'
import { subscribeTopic, unsubscribeTopic } from './subscribe-topic.js'

/** Hands one well-formed frame on. */
export function dispatch(frame: Exclude<ClientFrame, { kind: 'bad' }>, connection: Connection, session: Session): void {
  switch (frame.kind) {
    case 'query':
    case 'mutate':
    case 'subscribe':
      return startCall(frame, connection, session)
    case 'cancel':
      return session.running.get(frame.id)?.cancel()
    case 'taken':
      return takeItems(frame.id, frame.count, connection, session)
    case 'publish':
      return publishFromClient(frame, connection, session)
    case 'join':
      return session.services.presence.join(frame, connection, session)
    case 'update':
      return session.services.presence.update(frame, connection, session)
    case 'leave':
      return session.services.presence.leave(frame, connection, session)
    case 'watch':
      return session.services.presence.watch(frame, connection, session)
    case 'sub':
      return subscribeTopic(frame, connection, session)
    case 'unsub':
      return unsubscribeTopic(frame.id, connection)
    case 'ack':
    case 'pong':
      return acknowledged(frame.received, connection, session)
    case 'ping':
      acknowledged(frame.received, connection, session)
      return connection.send(writeCount('pong', session.sequence.received))
    case 'token':
      return refresh(frame.token, connection, session)
    case 'bye':
      return sayBye(connection, session)
    case 'answer':
    case 'failure':
      return connection.refuseFrame(frame.id, 'The server has called nothing under this id.')
    case 'hello':
      return connection.close('BAD_MESSAGE', 'hello was sent twice.')
  }
}

function takeItems(id: number, count: number, connection: Connection, session: Session): void {
  const stream = session.running.get(id)
  // A stream that ended on its own may still be acknowledged.
  if (stream === undefined || !('take' in stream)) return
  if (!stream.take(count)) connection.refuseFrame(id, `taken says ${count}, but fewer items were sent.`)
}

function acknowledged(received: number, connection: Connection, session: Session): void {
  if (!session.sequence.acknowledge(received)) {
    return connection.close('BAD_MESSAGE', `${received} frames cannot have been received: fewer were sent.`)
  }
  session.resumeStreams()
}
