/**
 * Observes a subscription procedure: its newest item, and where it stands.
 *
 * Rule: those who observe one path and input share one subscription; who comes later is shown the newest item.
 */
import type { CallErrorOf } from '../client-types.js'
import type { SubscriptionCallbacks, SubscriptionHandle, SubscriptionStatus } from '../subscription.js'
import { inputKey } from './input-key.js'
import { createObserver, createRegistry, type Observer } from './observer.js'

/** What is known of a subscription. */
export interface SubscriptionState<TItem, TError> {
  /** The newest item; undefined until the first came. */
  readonly data: TItem | undefined
  /** `idle` while it is not asked for. */
  readonly status: SubscriptionStatus | 'idle'
  /** Why it is `closed`, where it failed. */
  readonly error: TError | undefined
}

type AnyState = SubscriptionState<unknown, unknown>

/** Before anything came, and while nothing is asked for. */
export const CONNECTING: AnyState = { data: undefined, status: 'connecting', error: undefined }

const runsOf = createRegistry<AnyState>()

/** Observes the items of a subscription; a listener is given each item as well. */
export function observeSubscription<TTypes extends { readonly output: unknown }>(
  subscription: { readonly '~types': TTypes; subscribe(input: never, callbacks: never): SubscriptionHandle },
  input: TTypes extends { readonly input: infer TInput } ? TInput : undefined,
): Observer<SubscriptionState<TTypes['output'], CallErrorOf<TTypes>>> {
  const observer = createObserver<AnyState>(
    () => CONNECTING,
    (set) => {
      let state = CONNECTING
      const change = (next: Partial<AnyState>, ...items: unknown[]): void => {
        state = { ...state, ...next }
        set(state, ...items)
      }
      const callbacks: SubscriptionCallbacks<unknown> = {
        onItem: (data) => change({ data }, data),
        onError: (error) => change({ error }),
        onStatus: (status) => change({ status }),
      }
      // The types of the path say what it takes, which TypeScript cannot follow here.
      return subscription.subscribe(input as never, callbacks as never).unsubscribe
    },
    runsOf(subscription),
    inputKey(input),
  )
  // Of these types are the items and errors of this path.
  return observer as Observer<SubscriptionState<TTypes['output'], CallErrorOf<TTypes>>>
}
