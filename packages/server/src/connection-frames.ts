/**
 * Frames of section 3 that a client sends on an open connection: a new token, and goodbye.
 */
import { writeToken } from '@trunkline/core/protocol'
import type { Connection } from './connection.js'
import type { Session } from './session.js'
import { refreshToken } from './welcome.js'

/** P3.10. */
export function refresh(token: string, connection: Connection, session: Session): void {
  refreshToken(connection, session, token).then(
    (taken) => taken && connection.send(writeToken(true)),
    (error: unknown) => {
      connection.services.observer.handlerFailed('token', session.identity, String(connection.info.id), error)
      connection.close('INTERNAL', 'The server failed.')
    },
  )
}

/** P3.9: the client leaves on purpose. */
export function sayBye(connection: Connection, session: Session): void {
  connection.services.presence.left(session)
  connection.services.sessions.end(session, 'bye')
  connection.close('NORMAL', 'Goodbye.')
}
