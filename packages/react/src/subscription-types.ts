/**
 * The types of a subscription's hook.
 */
import type { CallErrorOf, SubscriptionState } from '@trunkline/client/observer'
import type { OutputOf, RouteNode, SkippableArgs } from './route-types.js'

/** Options of `useSubscription`. */
export interface SubscriptionHookOptions<TItem, TSelected = TItem> {
  /** Whether it is asked for. Default true. */
  readonly enabled?: boolean | undefined
  /** Called with every item; `data` are the newest at the time of a render only. */
  readonly onItem?: ((item: TItem) => void) | undefined
  /** What of the item is shown; where that stays the same, nothing is rendered. */
  readonly select?: ((item: TItem) => TSelected) | undefined
}

/** What a subscription offers. */
export interface SubscriptionHooks<TTypes> extends RouteNode<TTypes> {
  /**
   * The newest item. All that show one path and input share one subscription; who comes later is shown the newest item.
   * With `skipToken` for its input it waits.
   */
  useSubscription<TSelected = OutputOf<TTypes>>(
    ...args: SkippableArgs<TTypes, SubscriptionHookOptions<OutputOf<TTypes>, TSelected>>
  ): SubscriptionState<TSelected, CallErrorOf<TTypes>>
}
