/**
 * Observes where a subscription to a topic stands, and hands its events to callbacks that may change.
 *
 * Rule: each observer has its own place in the history, and goes on behind it when it is left and taken up again. On the
 * wire all that observe one topic and params share one subscription.
 */
import type { Gap, Position, TrunklineError } from '@trunkline/core'
import type { SubscriptionHandle } from '../subscription.js'
import type { PlacedHandle } from '../topic.js'
import type { TopicStatus } from '../topic-callbacks.js'
import { createObserver, type Observer } from './observer.js'

/** Where a subscription to a topic stands. */
export interface TopicState {
  /** `idle` while it is not asked for. */
  readonly status: TopicStatus | 'idle'
  /** Why it is `closed`, where the server refused or ended it. */
  readonly error: TrunklineError | undefined
}

/** A topic, as far as it is observed. */
export interface ObservableTopic<TTypes> {
  readonly '~types': TTypes
  subscribe(params: never, callbacks: never): SubscriptionHandle<TopicStatus> & Partial<PlacedHandle>
}

/** What is called at each event; which there are, the types of the topic say. */
export interface AnyTopicCallbacks {
  onEvent?(event: unknown, place: unknown): void
  onSnapshot?(state: unknown, place: { readonly position: Position }): void
  onGap?(gap: Gap): void
  onStatus?(status: TopicStatus, error?: TrunklineError): void
  readonly since?: unknown
}

const CONNECTING: TopicState = { status: 'connecting', error: undefined }

/**
 * @param callbacks - asked at each event, for those of the newest render.
 */
export function observeTopic<TTypes extends { readonly params: unknown }>(
  topic: ObservableTopic<TTypes>,
  params: TTypes['params'],
  callbacks: () => AnyTopicCallbacks,
): Observer<TopicState> {
  let seen: Position | undefined
  return createObserver<TopicState>(
    () => CONNECTING,
    (set) => {
      const { onSnapshot, since } = callbacks()
      const all = {
        since: seen ?? since,
        onEvent: (event: unknown, place: unknown) => callbacks().onEvent?.(event, place),
        onSnapshot:
          onSnapshot &&
          ((state: unknown, place: { readonly position: Position }) => callbacks().onSnapshot?.(state, place)),
        onGap: (gap: Gap) => callbacks().onGap?.(gap),
        onStatus: (status: TopicStatus, error?: TrunklineError) => {
          set({ status, error })
          callbacks().onStatus?.(status, error)
        },
      }
      // The types of the path say what it takes, which TypeScript cannot follow here.
      const handle = topic.subscribe(params as never, all as never)
      return () => {
        seen = handle['~position']?.() ?? seen
        handle.unsubscribe()
      }
    },
  )
}
