/**
 * From `hello` to `welcome`: authentication, context, and a new or a resumed session.
 *
 * Rule: whatever a peer can cause ends in a close code here; the resume path authenticates like any other (P4.4).
 */
import type { IncomingMessage } from 'node:http'
import { isTrunklineErrorLike } from '@trunkline/core'
import { type HelloFrame, writeWelcome } from '@trunkline/core/protocol'
import type { Connection } from './connection.js'
import type { Authenticated } from './options.js'
import { Session } from './session.js'
import { newSessionToken } from './session-token.js'

/** Authenticates a connection and puts it on a session. */
export async function welcome(connection: Connection, hello: HelloFrame): Promise<void> {
  const authenticated = await authenticate(connection, hello.token)
  if (authenticated === undefined) return
  const ctx = await makeCurrentContext(connection, authenticated)
  // It was closed while we waited: by its peer, or by the time limit.
  if (connection.state !== 'authenticating' || ctx === undefined) return
  connection.holdsTokenUntil(authenticated.expiresAt)
  if (hello.received === undefined) openSession(connection, hello.session, authenticated.identity, ctx.value)
  else resumeSession(connection, hello.session, hello.received, authenticated.identity, ctx.value)
}

/** Takes a new token on an open connection (P3.10). Closes when it is refused or is somebody else's. */
export async function refreshToken(connection: Connection, session: Session, token: string): Promise<boolean> {
  const authenticated = await authenticate(connection, token)
  if (authenticated === undefined || connection.state !== 'open') return false
  if (authenticated.identity !== session.identity) {
    const message = 'The new token belongs to another identity.'
    connection.services.observer.authRefused(connection.info, 'UNAUTHENTICATED', new TypeError(message))
    connection.close('UNAUTHENTICATED', message)
    return false
  }
  const ctx = await makeCurrentContext(connection, authenticated)
  // Its session may be on another connection by now, which made a context of its own.
  if (ctx === undefined || session.socket !== connection) return false
  session.ctx = ctx.value
  connection.holdsTokenUntil(authenticated.expiresAt)
  return true
}

async function authenticate(connection: Connection, token: string | undefined): Promise<Authenticated | undefined> {
  const { services, info } = connection
  let error: unknown
  try {
    const authenticated = await services.authenticate({ token, request: requestOf(connection) })
    checkAuthenticated(authenticated)
    const { expiresAt } = authenticated
    if (expiresAt === undefined || expiresAt > services.wallNow()) return authenticated
    // What is before 1973 in milliseconds is today in seconds: the `exp` of a JWT as it stands.
    const hint = expiresAt < 100_000_000_000 ? ': expiresAt is in milliseconds, this looks like seconds' : ''
    connection.close('TOKEN_EXPIRED', `The token has expired${hint}.`)
  } catch (thrown) {
    error = thrown
    if (thrown instanceof AuthenticatedError) {
      services.observer.handlerFailed('authenticate', '', String(info.id), thrown)
    }
    // Only what a TrunklineError says was meant for the client.
    connection.close('UNAUTHENTICATED', isTrunklineErrorLike(thrown) ? thrown.message : 'Not authenticated.')
  }
  services.observer.authRefused(info, error === undefined ? 'TOKEN_EXPIRED' : 'UNAUTHENTICATED', error)
  return undefined
}

/** `authenticate` let somebody in without saying who: the app's mistake, and nobody may come in by it. */
class AuthenticatedError extends TypeError {}

/** Types say so, but what a token holds has often none: `claims.sub` that is missing would make one of all users. */
function checkAuthenticated(given: Authenticated | undefined): void {
  const { identity, expiresAt }: Partial<Authenticated> = given ?? {}
  if (typeof identity !== 'string' || identity === '') {
    throw new AuthenticatedError('authenticate must return an `identity`: a string that is not empty.')
  }
  if (expiresAt !== undefined && (typeof expiresAt !== 'number' || Number.isNaN(expiresAt))) {
    throw new AuthenticatedError('authenticate must return `expiresAt` in milliseconds since the Unix epoch, or none.')
  }
}

/** Who may read the request keeps it; `authenticate` and `context` of our own making do not look at it. */
function requestOf(connection: Connection): IncomingMessage {
  return connection.request as IncomingMessage
}

/** As `makeContext`, and again when what it was made of may have changed meanwhile (P6.15). */
async function makeCurrentContext(
  connection: Connection,
  auth: Authenticated,
): Promise<{ readonly value: unknown } | undefined> {
  const { sessions } = connection.services
  let changes: number
  let ctx: { readonly value: unknown } | undefined
  do {
    changes = sessions.rightsChanges
    ctx = await makeContext(connection, auth)
  } while (ctx !== undefined && changes !== sessions.rightsChanges)
  return ctx
}

/** Makes the context of a connection; `undefined` when that failed, and it was closed. */
export async function makeContext(
  connection: Connection,
  auth: Authenticated,
): Promise<{ readonly value: unknown } | undefined> {
  const { services, info } = connection
  if (services.readsRequest) connection.auth = auth
  try {
    return {
      value: await services.context({
        identity: auth.identity,
        auth,
        connection: { id: info.id, address: info.address, request: requestOf(connection) },
      }),
    }
  } catch (error) {
    services.observer.handlerFailed('context', auth.identity, String(info.id), error)
    connection.close('INTERNAL', 'The server failed.')
    return undefined
  }
}

function openSession(connection: Connection, token: string, identity: string, ctx: unknown): void {
  const { services } = connection
  if (services.sessions.get(token) !== undefined) {
    return connection.close('BAD_MESSAGE', 'This session exists: resume it with `received`, or take another token.')
  }
  startSession(connection, token, identity, ctx)
}

function startSession(connection: Connection, token: string, identity: string, ctx: unknown): void {
  const { services, info } = connection
  const session = new Session(services, token, identity, ctx)
  services.sessions.add(session)
  services.observer.counters.sessionsOpened += 1
  if (services.observer.has('session-opened')) {
    services.observer.emit('session-opened', { connection: info.id, identity })
  }
  session.attach(connection, ctx)
  sendWelcome(connection, session, false)
  connection.opened(session)
}

function resumeSession(connection: Connection, token: string, received: number, identity: string, ctx: unknown): void {
  const { services, info } = connection
  const session = services.sessions.get(token)
  const missed = session?.identity === identity ? session.missedSince(received) : undefined
  if (session === undefined || missed === undefined) {
    // Another identity's session is not touched: its owner may still come back.
    if (session?.identity === identity) services.sessions.end(session, 'not-resumable')
    return startSession(connection, newSessionToken(), identity, ctx)
  }
  session.sequence.acknowledge(received)
  session.attach(connection, ctx)
  services.sessions.attached(session)
  sendWelcome(connection, session, true)
  for (const frame of missed) connection.outbox.push(frame)
  services.observer.counters.sessionsResumed += 1
  if (services.observer.has('session-resumed')) {
    services.observer.emit('session-resumed', { connection: info.id, identity, resent: missed.length })
  }
  connection.opened(session)
  session.resumeStreams()
  services.presence.resumed(session)
}

function sendWelcome(connection: Connection, session: Session, resumed: boolean): void {
  const { services } = connection
  session.sequence.told(services.clock.now())
  connection.outbox.push(
    writeWelcome(
      {
        session: session.token,
        resumed,
        received: session.sequence.received,
        keys: services.keys.epochOf(session.identity),
      },
      services.settings,
    ),
  )
}
