/**
 * What calls, topics and presence see of the connection, and what it asks of them.
 *
 * Types only, so that neither side imports the other (connection.ts; call-table.ts, topic.ts, presence.ts).
 */
import type { Gap, Message, Position, Transport, TrunklineError } from '@trunkline/core'
import type {
  ClosedFrame,
  ErrorFrame,
  ItemFrame,
  ListedMember,
  RawPayload,
  SubbedFrame,
  WatchedFrame,
  WelcomeFrame,
  WelcomeLimits,
} from '@trunkline/core/protocol'

/** What a client asks of its socket: it never waits for one that is full, so it does not ask how full it is. */
export type ClientTransport = Omit<Transport, 'bufferedBytes'>

/** What carries frames to the server. Its members change; they are the connection's to write. */
export interface Link {
  /** The server's limits: as last told, or a guess that no server undercuts. */
  limits: Pick<WelcomeLimits, 'maxMessageBytes' | 'maxCalls'>
  /** The epoch of the server's idempotency store; undefined until the session's first `welcome`. */
  keys: string | undefined
  /** The token of the session that frames now belong to. */
  session: string
  /** Whether `welcome` has come over this socket. */
  isOpen: boolean
  /** Whether frames leave now: it is open, or opens a new session, whose frames may follow `hello` at once (P3.2). */
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

/** A change of who is present. */
export interface Change {
  readonly version: number
  readonly count: number
}

type Rest<TFrame, TMain> = Omit<TFrame, 'kind' | Extract<TMain, string>>

/** The frames by their kind as they travel: what the kind's own member says, and the frame. */
interface WireFrames {
  readonly welcome: [session: string, frame: Rest<WelcomeFrame, 'session'>]
  readonly token: [isTaken: boolean]
  readonly closing: [code: number, frame: { readonly retryAfterMs?: number | undefined }]
  readonly ping: [received: number]
  readonly pong: [received: number]
  readonly ack: [received: number]
  readonly drain: []
  readonly ok: [id: number, frame: RawPayload]
  readonly error: [id: number, frame: Rest<ErrorFrame, 'id'>]
  readonly item: [id: number, frame: Rest<ItemFrame, 'id'>]
  readonly end: [id: number]
  readonly call: [id: number]
  readonly subbed: [id: number, frame: Rest<SubbedFrame, 'id'>]
  readonly event: [
    as: number,
    frame: RawPayload & {
      readonly offset?: number
      readonly tag?: string
      readonly key?: string
      readonly removed?: true
    },
  ]
  readonly snapshot: [as: number, frame: RawPayload & { readonly position: Position }]
  readonly gap: [as: number, frame: Gap]
  readonly live: [as: number, frame: unknown]
  readonly behind: [as: number, frame: unknown]
  readonly closed: [id: number, frame: Rest<ClosedFrame, 'id'>]
  readonly stale: [isStale: boolean]
  readonly watched: [id: number, frame: Rest<WatchedFrame, 'id'>]
  readonly member: [as: number, frame: Change & ListedMember]
  readonly left: [as: number, frame: Change & Pick<ListedMember, 'identity'>]
  readonly present: [as: number, frame: Change]
}

/**
 * What handles frames, by their kind; each rider looks only for what is its own. A kind that nobody handles is ignored
 * (P2.10). A handler that throws because the frame is not what it must be ends the connection (P2.12).
 */
export type FrameHandlers = { readonly [TKind in keyof WireFrames]?: (...taken: WireFrames[TKind]) => unknown }

/** What rides on a connection: the calls, the topics, presence. */
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
