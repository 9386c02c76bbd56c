/**
 * One call on its way, and what an app may say about it. Types only; call-table.ts moves it.
 */
import type { EncodedPayload, TrunklineError } from '@trunkline/core'
import type { ItemFrame } from '@trunkline/core/protocol'

/** Options of one call. */
export interface CallOptions {
  /** Gives the call up: one that waits is dropped, one that was sent is cancelled at the server. */
  readonly signal?: AbortSignal | undefined
  /** Milliseconds until the call fails with `TIMEOUT`; at most one day. Default: the client's `timeoutMs`. */
  readonly timeoutMs?: number | undefined
}

/** How much may wait for the connection. Past it a call fails with `QUEUE_FULL` and was not sent. */
export interface QueueLimits {
  /** Calls that wait. Default 1_024. */
  readonly queuedCalls?: number | undefined
  /** Their encoded payloads in bytes. Default 1_048_576. */
  readonly queuedBytes?: number | undefined
}

/** What a subscription adds to its call. */
export interface Stream {
  /** The call was sent and the connection is open, or no longer. */
  live(isLive: boolean): void
  /** The session was lost: the call will be sent anew. */
  restart(): void
  item(frame: Omit<ItemFrame, 'kind' | 'id'>): void
}

/** A call on its way. */
export interface Call {
  readonly kind: 'query' | 'mutate' | 'subscribe' | 'publish'
  readonly path: string
  readonly params: unknown
  /** Empty while its Blobs are read. */
  payload: EncodedPayload
  bytes: number
  readonly stream: Stream | undefined
  /** The clock's time at which it fails. */
  readonly deadline: number
  readonly resolve: (value: unknown) => void
  readonly reject: (error: TrunklineError) => void
  /** 0 while it waits. */
  id: number
  /** Whether any server may have seen it. */
  isSent: boolean
  /** When it was first sent, by the clock, and by the calendar. */
  sentAt: number
  sentOn: number
  /** A session that it was sent in is lost, and was perhaps read. */
  isResent: boolean
  key: string | undefined
  /** The epoch of the key store where it was first sent; `undefined` until that tells it. */
  keys?: string | undefined
  lastEventId?: string
  /** Stops listening to the signal. */
  unlisten?: () => void
}
