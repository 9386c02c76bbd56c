/**
 * The frames of `trunkline.1`, as they are handled after parsing.
 *
 * Not the wire form: parse-client-frame.ts reads a client's, and the client takes a server's as they come; write-frame.ts and
 * write-client-frame.ts write it.
 * Rule: a frame never appears here before it is in spec/PROTOCOL.md; `kind` is the name of its first member there.
 */

import type { Fate } from '../error/fate.js'
import type { Issue } from '../error/trunkline-error.js'
import type { Gap, Position, Since } from './position.js'

/** A payload as it arrived: not yet decoded, not yet checked. */
export interface RawPayload {
  readonly data: unknown
  readonly meta: unknown
  readonly bytes: readonly Uint8Array[]
}

export interface HelloFrame {
  readonly kind: 'hello'
  readonly client: string
  readonly session: string
  readonly received: number | undefined
  readonly token: string | undefined
}

/** Calls a procedure (P5.1). */
export interface CallFrame extends RawPayload {
  readonly kind: 'query' | 'mutate' | 'subscribe'
  readonly id: number
  readonly path: string
  readonly timeoutMs: number | undefined
  readonly key: string | undefined
  readonly resend: boolean
  readonly keys: string | undefined
  readonly lastEventId: string | undefined
  readonly trace: string | undefined
}

export interface CancelFrame {
  readonly kind: 'cancel'
  readonly id: number
}

export interface TakenFrame {
  readonly kind: 'taken'
  readonly id: number
  readonly count: number
}

export interface PublishFrame extends RawPayload {
  readonly kind: 'publish'
  readonly id: number
  readonly topic: string
  readonly params: unknown
  readonly key: string | undefined
}

/** Makes the session's identity a member of a topic (P5.11). */
export interface JoinFrame extends RawPayload {
  readonly kind: 'join'
  readonly id: number
  readonly topic: string
  readonly params: unknown
}

/** Changes the state of a join (P5.11). */
export interface UpdateFrame extends RawPayload {
  readonly kind: 'update'
  readonly id: number
  readonly of: number
  readonly revertAfterMs: number | undefined
}

/** Ends a join (P5.11). */
export interface LeaveFrame {
  readonly kind: 'leave'
  readonly id: number
  readonly of: number
}

/** Reserved for answers to server → client calls (P5.10). */
export interface AnswerFrame {
  readonly kind: 'answer' | 'failure'
  readonly id: number
}

export interface SubFrame {
  readonly kind: 'sub'
  readonly id: number
  readonly topic: string
  readonly params: unknown
  readonly since: Since
}

/** Asks who is present (P6.13). */
export interface WatchFrame {
  readonly kind: 'watch'
  readonly id: number
  readonly topic: string
  readonly params: unknown
}

export interface UnsubFrame {
  readonly kind: 'unsub'
  readonly id: number
}

/** `ping`, `pong` and `ack` carry how many session frames their sender has received (P3.6, P3.8). */
export interface CountFrame {
  readonly kind: 'ping' | 'pong' | 'ack'
  readonly received: number
}

export interface ByeFrame {
  readonly kind: 'bye'
}

/** A new token (P3.10). */
export interface TokenFrame {
  readonly kind: 'token'
  readonly token: string
}

/** `true`: the new token was taken. `false`: the old one will expire soon (P3.10). */
export interface TokenAnswerFrame {
  readonly kind: 'token'
  readonly token: boolean
}

/** What could not be read as a frame (P2.9, P2.10). */
export interface BadFrame {
  readonly kind: 'bad'
  readonly id: number | null
  readonly code: 'BAD_FRAME' | 'UNSUPPORTED'
  readonly message: string
}

/** What a server receives. */
export type ClientFrame =
  | HelloFrame
  | CallFrame
  | CancelFrame
  | TakenFrame
  | PublishFrame
  | JoinFrame
  | UpdateFrame
  | LeaveFrame
  | AnswerFrame
  | SubFrame
  | WatchFrame
  | UnsubFrame
  | CountFrame
  | ByeFrame
  | TokenFrame
  | BadFrame

/** What `welcome` tells (P3.4). */
export interface WelcomeFrame {
  readonly kind: 'welcome'
  readonly session: string
  readonly resumed: boolean
  readonly received: number
  readonly keys: string
  readonly heartbeat: { readonly intervalMs: number; readonly timeoutMs: number }
  readonly resumeMs: number
  readonly limits: WelcomeLimits
}

/** The server's limits that a client keeps to by itself. */
export interface WelcomeLimits {
  readonly maxMessageBytes: number
  readonly maxCalls: number
  readonly maxSubscriptions: number
}

export interface OkFrame extends RawPayload {
  readonly kind: 'ok'
  readonly id: number
}

export interface ErrorFrame extends RawPayload {
  readonly kind: 'error'
  /** `null` where the refused frame had no id. */
  readonly id: number | null
  readonly code: string
  readonly message: string
  readonly fate: Fate | undefined
  readonly issues: readonly Issue[] | undefined
  readonly correlationId: string | undefined
  readonly retryAfterMs: number | undefined
}

export interface ItemFrame extends RawPayload {
  readonly kind: 'item'
  readonly id: number
  readonly cursor: string | undefined
}

export interface EndFrame {
  readonly kind: 'end'
  readonly id: number
}

/** Reserved (P5.10). */
export interface ServerCallFrame extends RawPayload {
  readonly kind: 'call'
  readonly id: number
  readonly path: string
}

export interface SubbedFrame {
  readonly kind: 'subbed'
  readonly id: number
  readonly as: number
  readonly position: Position | undefined
  readonly behind: number | undefined
  readonly gap: Gap | undefined
}

export interface EventFrame extends RawPayload {
  readonly kind: 'event'
  readonly as: number
  readonly offset: number | undefined
  readonly tag: string | undefined
  /** Of an entry of a table (P6.11); then `offset` is its version. */
  readonly key: string | undefined
  /** It takes that entry out of the table. */
  readonly removed: true | undefined
}

/** The state at a position (P6.12). */
export interface SnapshotFrame extends RawPayload {
  readonly kind: 'snapshot'
  readonly as: number
  readonly position: Position
}

export interface GapFrame {
  readonly kind: 'gap'
  readonly as: number
  readonly gap: Gap
}

export interface LiveFrame {
  readonly kind: 'live' | 'behind'
  readonly as: number
}

export interface ClosedFrame {
  readonly kind: 'closed'
  readonly id: number
  readonly code: string
  readonly message: string
  readonly issues: readonly Issue[] | undefined
}

export interface StaleFrame {
  readonly kind: 'stale'
  readonly stale: boolean
}

/** A member as `watched` lists it. Its state holds no attachments. */
export interface ListedMember {
  readonly identity: string
  readonly data: unknown
  readonly meta: unknown
}

/** Who is present (P6.13). */
export interface WatchedFrame {
  readonly kind: 'watched'
  readonly id: number
  readonly as: number
  readonly version: number
  readonly count: number
  readonly members: readonly ListedMember[]
}

/** Somebody came or changed (P6.14). */
export interface MemberFrame extends ListedMember {
  readonly kind: 'member'
  readonly as: number
  readonly version: number
  readonly count: number
}

/** Somebody left (P6.14). */
export interface LeftFrame {
  readonly kind: 'left'
  readonly as: number
  readonly version: number
  readonly count: number
  readonly identity: string
}

/** The number of members changed and nobody who is listed did (P6.14). */
export interface PresentFrame {
  readonly kind: 'present'
  readonly as: number
  readonly version: number
  readonly count: number
}

export interface ClosingFrame {
  readonly kind: 'closing'
  readonly code: number
  readonly message: string
  readonly retryAfterMs: number | undefined
}

export interface DrainFrame {
  readonly kind: 'drain'
  readonly withinMs: number
}

/** What a client receives. */
export type ServerFrame =
  | WelcomeFrame
  | OkFrame
  | ErrorFrame
  | ItemFrame
  | EndFrame
  | ServerCallFrame
  | SubbedFrame
  | EventFrame
  | SnapshotFrame
  | GapFrame
  | LiveFrame
  | ClosedFrame
  | StaleFrame
  | WatchedFrame
  | MemberFrame
  | LeftFrame
  | PresentFrame
  | ClosingFrame
  | DrainFrame
  | CountFrame
  | TokenAnswerFrame
  | BadFrame

/** Whether a frame received by a server counts in the session's sequence (P4.1). */
export function isClientSessionFrame(frame: ClientFrame): boolean {
  switch (frame.kind) {
    case 'query':
    case 'mutate':
    case 'subscribe':
    case 'cancel':
    case 'taken':
    case 'publish':
    case 'join':
    case 'update':
    case 'leave':
    case 'answer':
    case 'failure':
    case 'bad':
      return true
    default:
      return false
  }
}
