/**
 * The `upgrade` events of an HTTP server, which Trunkline servers share with one another and with who else listens.
 *
 * Not admission and not the handshake. Rule: an upgrade that nobody can serve is answered, once; a socket that was refused
 * is gone, whatever its peer does.
 */
import type { Server as HttpServer, IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Refusal } from './admission.js'

/** What is needed of an HTTP server. */
export type SharedHttpServer = Pick<HttpServer, 'on' | 'off' | 'listenerCount'>

type UpgradeListener = (request: IncomingMessage, socket: Duplex, head: Buffer) => void

/** The Trunkline servers on each HTTP server, by their listener: the path that each serves, `undefined` for every one. */
const served = new WeakMap<SharedHttpServer, Map<UpgradeListener, string | undefined>>()

/** Who takes the upgrades of a path. */
export interface UpgradeTaker {
  readonly onUpgrade: UpgradeListener
  /** Nobody on this HTTP server serves the path of this one: it must be refused. */
  readonly onUnserved: UpgradeListener
  readonly onDetach: () => void
}

/** Hands on the upgrades of `path`, or all of them. Returns what ends it. */
export function shareUpgrades(
  server: SharedHttpServer,
  path: string | undefined,
  { onUpgrade, onUnserved, onDetach }: UpgradeTaker,
): () => void {
  const paths = served.get(server) ?? new Map<UpgradeListener, string | undefined>()
  served.set(server, paths)
  const listener: UpgradeListener = (request, socket, head) => {
    const pathname = (request.url ?? '/').split('?', 1)[0]
    if (path === undefined || pathname === path) return onUpgrade(request, socket, head)
    // Somebody else on this HTTP server may serve it; if nobody can, the first of us says so.
    if (server.listenerCount('upgrade') > paths.size || paths.keys().next().value !== listener) return
    const isServed = [...paths.values()].some((other) => other === undefined || other === pathname)
    if (!isServed) onUnserved(request, socket, head)
  }
  paths.set(listener, path)
  server.on('upgrade', listener)
  return () => {
    server.off('upgrade', listener)
    paths.delete(listener)
    onDetach()
  }
}

const STATUS_TEXT = { 403: 'Forbidden', 404: 'Not Found', 503: 'Service Unavailable' } as const

/** P1.3. */
export function refuseUpgrade(socket: Duplex, refusal: Refusal): void {
  const retryAfter = refusal.retryAfterSeconds === undefined ? '' : `Retry-After: ${refusal.retryAfterSeconds}\r\n`
  const body = `Trunkline refused the connection: ${refusal.reason}.\n`
  socket.on('error', () => {})
  // Node's limits on requests ended with the upgrade: a peer that keeps its side open would keep the socket.
  socket.once('finish', () => socket.destroy())
  socket.end(
    `HTTP/1.1 ${refusal.status} ${STATUS_TEXT[refusal.status]}\r\nConnection: close\r\nContent-Type: text/plain\r\n` +
      `Content-Length: ${body.length}\r\n${retryAfter}\r\n${body}`,
  )
}
