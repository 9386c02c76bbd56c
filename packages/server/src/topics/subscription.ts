/**
 * One subscription of one connection to one topic, as the node keeps it.
 *
 * Not a queue: whoever is behind has a cursor, and what it misses stays in the history.
 * Rule: Invariant L. It is `live` only while everything up to the flushed position was handed to its subscriber, so a
 * live one needs no cursor; any other has one, except while it is opening.
 */
import type { EncodedPayload, Position, PreparedMessage, Since, TrunklineError } from '@trunkline/core'
import type { Cursor } from './framed-entry.js'

/** What topics need of a connection. */
export interface TopicSubscriber {
  /** Puts a connection frame into the connection's FIFO outbox. */
  send(frame: string): void
  /** Hands over a message that may be shared; it overtakes nothing. Never throws. */
  sendPrepared(message: PreparedMessage | Uint8Array): void
  /** Bytes that were handed over and have not left. */
  readonly bufferedBytes: number
  /** Calls back once when `bufferedBytes` fell to zero. */
  whenWritable(callback: () => void): void
}

/** The state of a topic, encoded. */
export interface Snapshot {
  readonly payload: EncodedPayload
  /** The state holds every event up to here: the position that was given, or one that the app is exact about. */
  readonly position: Position
}

/** What a connection asks for. */
export interface SubscribeRequest {
  /** Id of the `sub` frame. */
  readonly id: number
  readonly since: Since
  /**
   * Asked before anything of the past is handed over: gives `undefined` where the right to see it was not touched since it
   * was granted, else asks for it again and rejects with what the subscriber may see. Default: it is never touched.
   */
  readonly recheck?: (() => Promise<void> | undefined) | undefined
  /**
   * Takes the state that the topic's events change; it must see every effect up to `position`. Where it is there, no gap
   * is ever told. Rejects with what the subscriber may see.
   */
  readonly takeSnapshot?: ((position: Position, signal: AbortSignal) => Promise<Snapshot>) | undefined
  /** Called when the hub ended the subscription, after `closed` was sent; not after `unsubscribe` and `drop`. */
  readonly onClosed?: ((error: TrunklineError) => void) | undefined
}

export class TopicSubscription {
  readonly subscriber: TopicSubscriber
  readonly request: SubscribeRequest
  state: 'opening' | 'catching-up' | 'live' | 'closed' = 'opening'
  /** What its subscriber was handed so far; kept while it is not live. */
  cursor: Cursor | undefined
  /** Number of the last message that was sent before it became live; see FanOut. */
  liveSince = 0
  /** Ends what is being waited for. */
  onClose: (() => void) | undefined

  constructor(subscriber: TopicSubscriber, request: SubscribeRequest) {
    this.subscriber = subscriber
    this.request = request
  }

  get isClosed(): boolean {
    return this.state === 'closed'
  }

  close(): void {
    this.state = 'closed'
    this.onClose?.()
  }
}
