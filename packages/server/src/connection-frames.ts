/**
 * Frames of section 3 that a client sends on an open connection: a new token, and goodbye.
 */
import { writeToken } from '@trunkline/core/protocol'
import type { Connection } from './connection.js'
import type { Session } from './session.js'
import { refreshToken } from './welcome.js'

/** What came while a token was being looked at: the last one, and how many answers are due with it. */
interface Waiting {
  token: string | undefined
  answers: number
}

const refreshing = new WeakMap<Connection, Waiting>()

/** P3.10: one at a time, so that of two tokens the later one counts and a peer cannot make `authenticate` run at will. */
export function refresh(token: string, connection: Connection, session: Session): void {
  const waiting = refreshing.get(connection)
  if (waiting !== undefined) {
    waiting.token = token
    waiting.answers += 1
    return
  }
  takeTokens(token, connection, session).catch((error: unknown) => {
    connection.services.observer.handlerFailed('token', session.identity, String(connection.info.id), error)
    connection.close('INTERNAL', 'The server failed.')
  })
}

async function takeTokens(first: string, connection: Connection, session: Session): Promise<void> {
  const waiting: Waiting = { token: first, answers: 1 }
  refreshing.set(connection, waiting)
  try {
    while (waiting.token !== undefined) {
      const { token, answers } = waiting
      waiting.token = undefined
      waiting.answers = 0
      if (!(await refreshToken(connection, session, token))) return
      for (let answer = 0; answer < answers; answer++) connection.send(writeToken(true))
    }
  } finally {
    // At once, and not when the promise is told: a token that comes in between would wait for nobody.
    refreshing.delete(connection)
  }
}

/** P3.9: the client leaves on purpose. */
export function sayBye(connection: Connection, session: Session): void {
  connection.services.presence.left(session)
  connection.services.sessions.end(session, 'bye')
  connection.close('NORMAL', 'Goodbye.')
}
