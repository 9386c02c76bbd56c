/**
 * How a connection is made and kept. Types only; connection.ts keeps it.
 */
import type { HeartbeatOptions } from './heartbeat.js'
import type { ReconnectOptions } from './reconnect.js'

/** How a connection is made and kept. */
export interface ConnectionOptions {
  /**
   * Gives the token; asked before every attempt, where a rejection is retried with backoff, and when the server wants a
   * newer one.
   * Default: no token, which is right where cookies tell who it is.
   */
  readonly auth?: (() => string | undefined | PromiseLike<string | undefined>) | undefined
  /** When a silent server counts as dead. Default: as the server says. */
  readonly heartbeat?: HeartbeatOptions | undefined
  readonly reconnect?: ReconnectOptions | undefined
  /** Closes the connection after so many milliseconds in which nothing used it; the next call opens it. Default never. */
  readonly idleCloseMs?: number | undefined
  /** Numbers from 0 to 1 for the delays of reconnecting; for tests. Default: `Math.random`. */
  readonly random?: (() => number) | undefined
}
