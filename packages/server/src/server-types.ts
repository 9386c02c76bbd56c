/**
 * What `createServer` gives.
 */
import type { AnyTopic, Position, PublishOptions } from '@trunkline/core'
import type { Metrics } from './observe/observer.js'
import type { ServerEvents } from './observe/server-event.js'
import type { SharedHttpServer } from './upgrades.js'

/** Where `listen` listens. */
export interface ListenOptions {
  /** 0 takes a free port. Default 0. */
  readonly port?: number | undefined
  /** Default `127.0.0.1`. */
  readonly host?: string | undefined
  /** The only path that is served; default: every path. */
  readonly path?: string | undefined
}

/** How `attach` shares an HTTP server. */
export interface AttachOptions {
  /** Upgrades on this path are Trunkline's; others are left to whoever else listens. Default `/trunkline`. */
  readonly path?: string | undefined
}

/** A Trunkline server. */
export interface Server {
  /**
   * Listens on a port of its own.
   *
   * @throws Error what Node says, e.g. `EADDRINUSE`; or that the server is closed.
   */
  listen(options?: ListenOptions): Promise<{ readonly port: number; readonly host: string }>
  /**
   * Serves upgrades of an HTTP or HTTPS server, beside its other routes. Returns a function that stops doing so.
   *
   * @throws Error that the server is closed.
   */
  attach(server: SharedHttpServer, options?: AttachOptions): () => void
  /**
   * Publishes to everyone subscribed to the topic, on every node.
   *
   * @returns the position once the broker has accepted the event; `undefined` where the topic retains nothing.
   * @throws TrunklineError `NOT_FOUND` where the topic is not in the router, `INVALID_INPUT`, `PAYLOAD_TOO_LARGE`,
   *   `LIMIT_EXCEEDED` for a full table (nothing was published), `BROKER_UNAVAILABLE` (unknown).
   */
  publish<$Topic extends AnyTopic>(
    topic: $Topic,
    params: NoInfer<$Topic['~types']['params']>,
    event: NoInfer<$Topic['~types']['publish']>,
    options?: PublishOptions,
  ): Promise<Position | undefined>
  /**
   * Says that the rights of an identity may have changed: makes the contexts of its connections to this server again and
   * asks `authorize` for its topic subscriptions, watches and joins. What is refused ends with `FORBIDDEN`.
   *
   * Resolves when all of that was asked; until then live subscriptions get events, and nothing of the past is sent. Running
   * calls and subscription procedures are not touched.
   *
   * @see docs/guide/topics.md#rights-that-change
   */
  reauthorize(identity: string): Promise<void>
  /** Counters and gauges as they are now. */
  metrics(): Metrics
  /** Listens to an event of the server. Returns a function that stops listening. */
  on<$Name extends keyof ServerEvents>(name: $Name, listener: (event: ServerEvents[$Name][0]) => void): () => void
  /**
   * Stops: takes no more connections, waits up to `drainMs` (default 0) for running calls, closes every connection with
   * 1001 and ends its sessions. Clients that are connected may still call while it waits. Resolves when nothing is left.
   */
  close(options?: { readonly drainMs?: number | undefined }): Promise<void>
}
