/**
 * What calls and topics see of the connection, and what it asks of them.
 *
 * Types only, so that neither side imports the other (connection.ts, call-table.ts, topic.ts).
 */
import type { Message, TrunklineError } from '@trunkline/core'
import type { ServerFrame, WelcomeLimits } from '@trunkline/core/protocol'

/** What carries frames to the server. Its members change; they are the connection's to write. */
export interface Link {
  /** The server's limits: as last told, or a guess that no server undercuts. */
  limits: WelcomeLimits
  /** The epoch of the server's idempotency store; undefined before the first `welcome`. */
  keys: string | undefined
  /** The token of the session that frames now belong to. */
  session: string
  /** Whether `welcome` has come over this socket. */
  isOpen: boolean
  /** Whether frames leave now: it is open, or this is a new session's first breath (P3.2). */
  isReady: boolean
  /** Why nothing will ever leave; undefined while it may. */
  closed: TrunklineError | undefined
  /** Counts the messages that came, and says how long the last one is. */
  message: number
  messageLength: number
  /** A new id (P2.11). */
  nextId(): number
  /** Whether `bytes` more may leave now: before `welcome` the server holds only so much (P3.3). */
  hasRoom(bytes: number): boolean
  /** Sends a session frame: numbered and kept, also while there is no socket (P4.1). */
  keep(frame: Message): void
  /** Sends a connection frame. Only while ready. */
  post(frame: Message): void
  /** Something wants to be sent: connects if the client is idle. */
  wake(): void
}

type FrameOf<TKind, TFrame = ServerFrame> = TFrame extends { readonly kind: infer TKinds }
  ? TKind extends TKinds
    ? TFrame
    : never
  : never

/** What handles frames, by their kind. A kind that is not there is ignored (P2.10). */
export type FrameHandlers = { readonly [TKind in ServerFrame['kind']]?: (frame: FrameOf<TKind>) => void }

/** What rides on a connection: the calls, and the topics. */
export interface Rider {
  readonly handlers: FrameHandlers
  /** How many run, wait or are subscribed. */
  size(): number
  /** Frames may leave: send what waits. */
  pump(): void
  /** `welcome` came. */
  opened?(): void
  /** The socket is gone; the session may come back. */
  detached(): void
  /**
   * The session is gone and `session` was its token: what was sent must be sent again (P5.7). `unread` when the server
   * has told that it read nothing of it.
   */
  renew?(session: string, unread: boolean): void
  /** Nothing will ever be answered. */
  closed(error: TrunklineError): void
  /** Fails what passed its deadline; returns the next one. */
  expire?(now: number): number
}
