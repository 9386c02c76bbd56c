import { skipToken } from '@tanstack/react-query'
import { inputKey, type Observer, observeSubscription, type SubscriptionState } from '@trunkline/client/observer'
import { useMemo } from 'react'
import { type Binding, useNode } from './binding.js'
import type { SubscriptionHookOptions } from './subscription-types.js'
import { useLatest } from './use-latest.js'
import { idle, selectData, useObserver } from './use-observer.js'

type AnyState = SubscriptionState<unknown, unknown>

/** The newest item of a subscription, shared by all that show the same. */
export function useSubscription(
  binding: Binding,
  path: string,
  input: unknown,
  { enabled = true, onItem, select }: SubscriptionHookOptions<unknown, unknown> = {},
): AnyState {
  const node = useNode(binding, path)
  const isAsked = enabled && input !== skipToken
  const latest = useLatest(onItem)
  const key = inputKey(input)
  // biome-ignore lint/correctness/useExhaustiveDependencies: inputs of one key are one input, however often they are made
  const observer = useMemo((): Observer<AnyState> => {
    const shared = observeSubscription(node, input as never)
    if (!isAsked) return idle<AnyState>({ ...shared.initial, status: 'idle' })
    return {
      ...shared,
      subscribe: (changed) =>
        shared.subscribe((...items) => {
          try {
            for (const item of items) latest.current?.(item)
          } finally {
            changed()
          }
        }),
    }
  }, [node, isAsked, key])
  return useObserver(observer, selectData(select))
}
