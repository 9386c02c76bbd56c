/**
 * What must happen as time passes, for all connections on one timer: heartbeats, time limits, slow consumers, token
 * expiry, sessions, keys and members that are over.
 *
 * Rule: no connection has a timer of its own; a sweep looks at each connection with a few comparisons.
 */
import type { Connection } from './connection.js'
import type { Services } from './services.js'
import type { Turn } from './turn.js'

/** Pings that leave in one turn of the event loop, each with a write to a socket: after a restart all are due at once. */
const PINGS_PER_TURN = 1_000

/** Starts the sweep; the returned function stops it. */
export function startSweep(services: Services, connections: ReadonlySet<Connection>): () => void {
  const { intervalMs, timeoutMs } = services.heartbeat
  const graceMs = services.graceMs || Number.POSITIVE_INFINITY
  const periodMs = Math.max(
    10,
    Math.min(1_000, Math.min(intervalMs, timeoutMs, services.authTimeoutMs, services.resumeMs, graceMs) / 4),
  )
  let cancel = services.clock.schedule(tick, periodMs)
  function tick(): void {
    const now = services.clock.now()
    const wallNow = services.wallNow()
    const quiet: Connection[] = []
    for (const connection of connections) sweepConnection(connection, services, now, wallNow, quiet)
    pingSome(quiet, services.turn)
    services.sessions.sweep()
    services.keys.sweep()
    services.presence.sweep()
    cancel = services.clock.schedule(tick, periodMs)
  }
  return () => cancel()
}

function pingSome(quiet: Connection[], turn: Turn): void {
  for (const connection of quiet.splice(0, PINGS_PER_TURN)) if (connection.state === 'open') connection.ping()
  if (quiet.length > 0) turn.afterConnections(() => pingSome(quiet, turn))
}

/** @param quiet - takes it if a ping is due. */
function sweepConnection(
  connection: Connection,
  services: Services,
  now: number,
  wallNow: number,
  quiet: Connection[],
): void {
  if (connection.state === 'closed') return
  if (connection.state !== 'open') {
    if (now - connection.openedAt < services.authTimeoutMs) return
    services.observer.authRefused(connection.info, 'AUTH_TIMEOUT', undefined)
    return connection.close('AUTH_TIMEOUT', `hello and authentication take at most ${services.authTimeoutMs} ms.`)
  }
  if (connection.expiresAt !== undefined && wallNow >= connection.expiresAt) {
    return connection.close('TOKEN_EXPIRED', 'The token expired and was not refreshed.')
  }
  connection.checkWritable()
  if (connection.askTokenAt !== undefined && wallNow >= connection.askTokenAt) connection.askForToken()
  if (checkBuffer(connection, services, now)) checkHeartbeat(connection, services, now, quiet)
}

/** P3.6, P3.7. */
function checkHeartbeat(connection: Connection, services: Services, now: number, quiet: Connection[]): void {
  const { intervalMs, timeoutMs } = services.heartbeat
  // A peer that we do not read cannot be heard.
  if (connection.isPaused) return
  if (connection.pingedAt !== undefined) {
    if (now - connection.pingedAt < timeoutMs) return
    services.observer.counters.heartbeatsMissed += 1
    if (services.observer.has('heartbeat-missed')) {
      const identity = connection.session?.identity
      services.observer.emit('heartbeat-missed', { connection: connection.info.id, identity })
    }
    return connection.abandon(`Nothing came for ${timeoutMs} ms after a heartbeat.`)
  }
  if (now - connection.receivedAt >= intervalMs) quiet.push(connection)
}

/** False when the connection was closed for not reading. */
function checkBuffer(connection: Connection, services: Services, now: number): boolean {
  const { bufferedBytes, stuck } = connection
  if (stuck === undefined) {
    if (bufferedBytes <= services.limits.maxBufferedBytes) return true
    connection.pauseUntilWritable()
    return true
  }
  // From here on until its socket is empty, also below the limit: it is not read, so no heartbeat can tell that it is dead.
  if (bufferedBytes < stuck.bufferedBytes) connection.stuck = { since: now, bufferedBytes }
  else if (now - stuck.since >= services.limits.slowConsumerMs) {
    services.observer.counters.slowConsumers += 1
    if (services.observer.has('slow-consumer')) {
      const identity = connection.session?.identity
      services.observer.emit('slow-consumer', { connection: connection.info.id, identity, bufferedBytes })
    }
    connection.close('SLOW_CONSUMER', `${bufferedBytes} bytes were not read for ${services.limits.slowConsumerMs} ms.`)
    return false
  }
  return true
}
