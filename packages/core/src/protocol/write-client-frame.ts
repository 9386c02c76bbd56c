/**
 * Writes what a client sends.
 *
 * One function for all kinds, since every browser downloads it: a call site shows the frame as it travels.
 * Rule: the kind comes first (P2.3), and a payload, which arrives as a piece of JSON that begins with a comma
 * (codec/codec.ts), comes last, so that it is encoded once.
 */
import type { Position, Since } from './position.js'

/** What stands beside the payload of a call (P5.1). */
interface CallMembers {
  readonly path: string
  /** Left out where it is the default. */
  readonly timeoutMs?: number | undefined
  readonly key?: string | undefined
  readonly resend?: true | undefined
  readonly keys?: string | undefined
  readonly lastEventId?: string | undefined
  readonly trace?: string | undefined
}

interface TopicMembers {
  readonly topic: string
  readonly params: unknown
}

/** The frames of a client as they travel, without their payload. */
export type ClientWireFrame =
  | {
      readonly hello: string
      readonly session: string
      readonly received?: number | undefined
      readonly token?: string | undefined
    }
  | { readonly ping: number }
  | { readonly pong: number }
  | { readonly ack: number }
  | { readonly bye: true }
  | { readonly token: string }
  | ({ readonly query: number } & CallMembers)
  | ({ readonly mutate: number } & CallMembers)
  | ({ readonly subscribe: number } & CallMembers)
  | { readonly cancel: number }
  | { readonly taken: number; readonly n: number }
  | ({ readonly publish: number; readonly key?: string | undefined } & TopicMembers)
  | ({ readonly join: number } & TopicMembers)
  | { readonly update: number; readonly of: number; readonly revertAfterMs?: number | undefined }
  | { readonly leave: number; readonly of: number }
  | ({ readonly watch: number } & TopicMembers)
  | { readonly failure: number; readonly code: string }
  | ({ readonly sub: number; readonly since?: Exclude<Since, 'now'> | Position | undefined } & TopicMembers)
  | { readonly unsub: number }

/** Writes a frame. Members that are undefined are left out. */
export function writeClientFrame(frame: ClientWireFrame, payload: string = ''): string {
  return `${JSON.stringify(frame).slice(0, -1)}${payload}}`
}
