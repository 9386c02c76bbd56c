/**
 * What happens when the rights of an identity changed while it is connected (P6.15).
 *
 * Not where rights are judged (grant.ts). Rule: from the first moment on nothing of the past is handed out on an old
 * grant; the context, in which an app may keep rights, is made again before anything is asked.
 */
import { Connection } from './connection.js'
import type { Services } from './services.js'
import type { Session } from './session.js'
import { makeContext } from './welcome.js'

/** One after the other for each session: of two contexts the one that was asked for last must win. */
const running = new WeakMap<Session, Promise<void>>()

/** Asks again for everything that an identity has open on this node; what is refused ends. Never rejects. */
export async function reauthorize(identity: string, services: Services): Promise<void> {
  const { sessions, observer } = services
  sessions.rightsChanges += 1
  const own = sessions.of(identity)
  await Promise.all(
    own.map((session) => {
      session.rightsGeneration += 1
      const before = running.get(session) ?? Promise.resolve()
      const done = before.then(() => recheck(session, services))
      running.set(session, done)
      return done
    }),
  )
  if (observer.has('reauthorized')) observer.emit('reauthorized', { identity, sessions: own.length })
}

async function recheck(session: Session, services: Services): Promise<void> {
  // Not looked for among all connections: an identity may have as many sessions as the server has.
  const connection = session.socket instanceof Connection ? session.socket : undefined
  if (connection?.auth !== undefined) {
    const ctx = await makeContext(connection, connection.auth)
    // Closed because it failed, or by its peer; or the session moved on, which made another.
    if (ctx === undefined || session.socket !== connection) return
    session.ctx = ctx.value
  }
  // What was granted since the first bump may have been by the context of before.
  session.rightsGeneration += 1
  await Promise.all([connection && services.hub.recheck(connection), services.presence.recheck(session, connection)])
  // Who comes back brings another context: then its joins are asked for again.
  if (connection === undefined) session.rightsGeneration += 1
}
