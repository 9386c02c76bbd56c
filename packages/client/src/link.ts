/**
 * What calls and topics see of the connection, and what it asks of them.
 *
 * Not the connection (connection.ts): types only, so that neither side imports the other.
 */
import type { Message, TrunklineError } from '@trunkline/core'
import type { ServerFrame, WelcomeFrame, WelcomeLimits } from '@trunkline/core/protocol'

/** What carries frames to the server. */
export interface Link {
  /** The server's limits: as last told, or a guess that no server undercuts. */
  readonly limits: WelcomeLimits
  /** The epoch of the server's idempotency store; undefined before the first `welcome`. */
  readonly keys: string | undefined
  /** The token of the session that frames now belong to. */
  readonly session: string
  /** Whether frames leave now: the server's `welcome` is here, or this is a new session's first breath (P3.2). */
  readonly ready: boolean
  /** Why nothing will ever leave; undefined while it may. */
  readonly closed: TrunklineError | undefined
  /** A new id (P2.11). */
  nextId(): number
  /** Whether `bytes` more may leave now: before `welcome` the server holds only so much (P3.3). */
  hasRoom(bytes: number): boolean
  /** Sends a session frame: numbered and kept, also while there is no socket (P4.1). */
  keep(frame: Message): void
  /** Sends a connection frame. Only while `ready`. */
  post(frame: string): void
  /** Something wants to be sent: connects if the client is idle. */
  wake(): void
}

/** What rides on a connection. */
export interface Work {
  /** Whether anything runs, waits or is subscribed. */
  busy(): boolean
  /** A frame that is not the connection's own. `message` is the number of the message it came in, `length` its size. */
  take(frame: ServerFrame, message: number, length: number): void
  /** The session is gone and `session` was its token: what was sent must be sent again (P5.7). */
  renew(session: string): void
  /** `welcome` came. */
  opened(welcome: WelcomeFrame): void
  /** Frames may leave: send what waits. */
  pump(): void
  /** The socket is gone; the session may come back. */
  detached(): void
  /** Nothing will ever be answered. */
  closed(error: TrunklineError): void
  /** Fails what passed its deadline; returns the next one. */
  expire(now: number): number
}
