/**
 * Puts a server together.
 *
 * Not where anything is decided: it makes the shared services, accepts sockets and hands them to connections.
 */
import { createServer as createHttpServer, type Server as HttpServer, IncomingMessage } from 'node:http'
import { type AddressInfo, Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { CLOSE_CODES, type Publish, type Transport } from '@trunkline/core'
import { SUBPROTOCOLS } from '@trunkline/core/protocol'
import { Admission, addressOf, type Refusal } from './admission.js'
import { Connection, type ConnectionOwner } from './connection.js'
import { createServices } from './create-services.js'
import type { Metrics } from './observe/observer.js'
import type { ServerEvents } from './observe/server-event.js'
import type { AnyServerOptions, Authenticated, ServerOptions } from './options.js'
import { reauthorize } from './reauthorize.js'
import type { AttachOptions, ListenOptions, Server } from './server-types.js'
import type { Services } from './services.js'
import { startSweep } from './sweep.js'
import { createUpgrader } from './transports/ws.js'
import { refuseUpgrade, type SharedHttpServer, shareUpgrades } from './upgrades.js'

/** Options of `createServer`: `context` may be left out when the router needs none. */
export type CreateServerOptions<TContext, TAuth extends Authenticated> = ServerOptions<TContext, TAuth> &
  // `unknown`: its type is that of the option; a second one here would keep `auth` from being inferred.
  (object extends TContext ? unknown : { readonly context: unknown })

/**
 * Makes a server for a router.
 *
 * @throws TypeError when the router holds something that is not a route, a contract without a handler, or a topic that
 *   promises what the broker cannot keep; or when an option is none, or not what it must be.
 * @see docs/guide/server.md
 */
export function createServer<TContext, TAuth extends Authenticated = Authenticated>(
  options: CreateServerOptions<TContext, TAuth>,
): Server {
  // The generics tie `router`, `authenticate` and `context` together for the caller; inside they are not told apart.
  return new TrunklineServer(options as unknown as AnyServerOptions)
}

/** What a handler may see of a connection that came over no HTTP handshake. */
export interface AcceptOptions {
  /** The peer's address. Default `memory`. */
  readonly address?: string | undefined
  /** Headers of the request that `authenticate` and handlers see; names in lower case. Default none. */
  readonly headers?: Readonly<Record<string, string>> | undefined
}

/** How each server takes a transport; beside the class, so that it is no part of what apps see of a server. */
const acceptors = new WeakMap<Server, (transport: Transport, options: AcceptOptions) => void>()

/**
 * Serves a peer over a transport that is open already, for instance one end of the testkit's transport pair.
 *
 * Path, origin and admission are not checked: those belong to the handshake. A server that is closing closes it with 1001.
 *
 * @throws TypeError when `server` was not made by `createServer`.
 */
export function acceptTransport(server: Server, transport: Transport, options: AcceptOptions = {}): void {
  const accept = acceptors.get(server)
  if (accept === undefined) throw new TypeError('acceptTransport: `server` must be made by `createServer`.')
  accept(transport, options)
}

/** How long `close` waits for peers to close their sockets too, in milliseconds; then it abandons those that are left. */
const CLOSE_WAIT_MS = 1_000

const CLOSED = 'The server is closed: make another one to listen again.'

class TrunklineServer implements Server, ConnectionOwner {
  readonly #services: Services
  readonly #admission: Admission
  readonly #connections = new Set<Connection>()
  readonly #upgrader: ReturnType<typeof createUpgrader>
  readonly #stopSweep: () => void
  readonly #detach = new Set<() => void>()
  readonly #httpServers = new Set<HttpServer>()
  /** Sockets whose version was refused, until they are gone. */
  readonly #refusedVersions = new Set<Transport>()
  #nextConnection = 1
  #closing = false
  /** Who waits until no connection is left: `close` may be called again before it is done. */
  #idle: (() => void)[] = []

  constructor(options: AnyServerOptions) {
    this.#services = createServices(options, this.#connections)
    const { limits, clock, closeTimeoutMs } = this.#services
    this.#admission = new Admission(limits, options.origins, clock.now())
    this.#upgrader = createUpgrader({ maxMessageBytes: limits.maxMessageBytes, closeTimeoutMs })
    this.#stopSweep = startSweep(this.#services, this.#connections)
    acceptors.set(this, (transport, accepted) => this.#acceptTransport(transport, accepted))
  }

  get publish(): Publish {
    return this.#services.publish
  }

  async listen(options: ListenOptions = {}): Promise<{ port: number; host: string }> {
    if (this.#closing) throw new Error(CLOSED)
    const http = createHttpServer((_request, response) => {
      response.writeHead(426, { 'content-type': 'text/plain', upgrade: 'websocket' })
      response.end('This is a Trunkline server: connect with a WebSocket.\n')
    })
    const host = options.host ?? '127.0.0.1'
    await new Promise<void>((resolve, reject) => {
      http.once('error', reject)
      http.listen(options.port ?? 0, host, () => {
        http.off('error', reject)
        resolve()
      })
    })
    if (this.#closing) {
      // Closed while the name of the host was looked up: `close` could not know of it yet.
      http.close()
      throw new Error(CLOSED)
    }
    this.#accept(http, options.path)
    this.#httpServers.add(http)
    // A TCP server that listens has an AddressInfo.
    return { port: (http.address() as AddressInfo).port, host }
  }

  attach(server: SharedHttpServer, options: AttachOptions = {}): () => void {
    if (this.#closing) throw new Error(CLOSED)
    return this.#accept(server, options.path ?? '/trunkline')
  }

  reauthorize(identity: string): Promise<void> {
    return reauthorize(identity, this.#services)
  }

  metrics(): Metrics {
    const { observer, sessions } = this.#services
    let subscriptions = 0
    let calls = 0
    let bufferedBytes = 0
    for (const session of sessions.values()) {
      subscriptions += session.streams
      calls += session.calls + session.presenceCalls
    }
    for (const connection of this.#connections) {
      subscriptions += connection.topics.size
      bufferedBytes += connection.bufferedBytes
    }
    return {
      connections: this.#connections.size,
      sessions: sessions.size,
      subscriptions,
      calls,
      bufferedBytes,
      ...observer.counters,
      closed: Object.fromEntries(observer.closed),
      errors: Object.fromEntries(observer.errors),
    }
  }

  on<$Name extends keyof ServerEvents>(name: $Name, listener: (event: ServerEvents[$Name][0]) => void): () => void {
    // eventemitter3 types listeners by a tuple of arguments; every event here has exactly one.
    const { events } = this.#services.observer
    const typed = listener as Parameters<typeof events.on>[1]
    events.on(name, typed)
    return () => events.off(name, typed)
  }

  async close(options: { readonly drainMs?: number | undefined } = {}): Promise<void> {
    this.#closing = true
    const httpClosed = [...this.#httpServers].map((http) => new Promise<void>((done) => http.close(() => done())))
    for (const detach of this.#detach) detach()
    await this.#waitForCalls(options.drainMs ?? 0)
    for (const connection of [...this.#connections]) connection.close('GOING_AWAY', 'The server stops.')
    for (const transport of [...this.#refusedVersions]) transport.close(CLOSE_CODES.ABNORMAL.code)
    for (const session of [...this.#services.sessions.values()]) this.#services.sessions.end(session, 'closing')
    this.#stopSweep()
    this.#services.deadlines.close()
    await this.#waitForSockets()
    await this.#services.presence.close()
    await this.#services.hub.close()
    await this.#services.closeBroker()
    // Node waits without end for a socket that never sent a whole request; browsers open such ahead of time.
    for (const http of this.#httpServers) http.closeAllConnections()
    await Promise.all(httpClosed)
  }

  /** Sockets get a moment to close politely, then they are abandoned. */
  async #waitForSockets(): Promise<void> {
    if (this.#connections.size === 0) return
    await new Promise<void>((resolve) => {
      const cancel = this.#services.clock.schedule(() => {
        for (const connection of [...this.#connections]) connection.abandon('The server stops.')
      }, CLOSE_WAIT_MS)
      this.#idle.push(() => {
        cancel()
        resolve()
      })
    })
  }

  async #waitForCalls(drainMs: number): Promise<void> {
    const { clock, sessions } = this.#services
    const until = clock.now() + drainMs
    const isBusy = (): boolean => [...sessions.values()].some((session) => session.calls > 0)
    while (clock.now() < until && isBusy()) await new Promise<void>((resolve) => clock.schedule(resolve, 10))
  }

  #accept(server: SharedHttpServer, path: string | undefined): () => void {
    const detach = shareUpgrades(server, path, {
      onUpgrade: (request, socket, head) => this.#upgrade(request, socket, head),
      onUnserved: (request, socket) =>
        this.#refuse(socket, { status: 404, reason: 'path' }, addressOf(request, this.#services.trustProxy)),
      onDetach: () => this.#detach.delete(detach),
    })
    this.#detach.add(detach)
    return detach
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const address = addressOf(request, this.#services.trustProxy)
    const refusal = this.#check(request, address)
    if (refusal !== undefined) return this.#refuse(socket, refusal, address)
    this.#upgrader.upgrade(request, socket, head, (transport, version) => {
      if (version === undefined) this.#refuseVersion(transport, request, address)
      else this.#open(transport, request, address)
    })
  }

  #refuse(socket: Duplex, refusal: Refusal, address: string): void {
    this.#services.observer.handshakeRefused(refusal.reason, address)
    refuseUpgrade(socket, refusal)
  }

  #check(request: IncomingMessage, address: string): Refusal | undefined {
    if (this.#closing) return { status: 503, reason: 'closing', retryAfterSeconds: 1 }
    try {
      return this.#admission.check(request, address, this.#services.clock.now())
    } catch (error) {
      // The app's `origins` threw, at what a peer may have made up: nobody else would catch it.
      this.#services.observer.handlerFailed('origins', '', address, error)
      return { status: 403, reason: 'origin' }
    }
  }

  /** P1.2: the handshake is complete, so that a browser can read the reason. It is a socket like any other meanwhile. */
  #refuseVersion(transport: Transport, request: IncomingMessage, address: string): void {
    const offered = request.headers['sec-websocket-protocol'] ?? 'none'
    this.#services.observer.handshakeRefused('version', address)
    this.#admission.opened(address)
    this.#refusedVersions.add(transport)
    transport.attach({
      onMessage: () => {},
      onClose: () => {
        this.#services.observer.countClosed(CLOSE_CODES.UNSUPPORTED_VERSION.code)
        this.#refusedVersions.delete(transport)
        this.#admission.closed(address, false)
      },
    })
    transport.close(
      CLOSE_CODES.UNSUPPORTED_VERSION.code,
      `The server speaks ${SUBPROTOCOLS.join(', ')}; offered was ${offered}.`,
    )
  }

  #acceptTransport(transport: Transport, { address = 'memory', headers = {} }: AcceptOptions): void {
    if (this.#closing) {
      transport.attach({ onMessage: () => {}, onClose: () => {} })
      transport.close(CLOSE_CODES.GOING_AWAY.code, 'The server stops.')
      return
    }
    const request = new IncomingMessage(new Socket())
    Object.assign(request.headers, headers)
    this.#open(transport, request, address)
  }

  #open(transport: Transport, request: IncomingMessage, address: string): void {
    const { observer } = this.#services
    const info = { id: this.#nextConnection++, address, request }
    this.#admission.opened(address)
    this.#connections.add(new Connection(transport, info, this.#services, this))
    if (observer.has('connection-opened')) observer.emit('connection-opened', { connection: info.id, address })
  }

  authenticated(connection: Connection): void {
    this.#admission.authenticated(connection.info.address)
  }

  closed(connection: Connection, code: number, reason: string): void {
    const { observer } = this.#services
    this.#connections.delete(connection)
    this.#admission.closed(connection.info.address, connection.session !== undefined)
    observer.countClosed(code)
    if (observer.has('connection-closed')) {
      const identity = connection.session?.identity
      observer.emit('connection-closed', { connection: connection.info.id, identity, code, reason })
    }
    if (this.#connections.size > 0) return
    for (const resolve of this.#idle.splice(0)) resolve()
  }
}
