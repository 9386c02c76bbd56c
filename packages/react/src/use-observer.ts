/**
 * Binds a component to an observer of the client.
 *
 * Rule: it holds nothing but what was shown last, to tell whether what is selected changed.
 */
import { replaceEqualDeep } from '@tanstack/react-query'
import type { Observer } from '@trunkline/client/observer'
import { useInsertionEffect, useRef, useSyncExternalStore } from 'react'

/**
 * The state of an observer, or what is selected of it; renders when that changes.
 *
 * @param select - may be another function in each render. What it gives is compared in depth, so it may make objects.
 */
export function useObserver<TState, TShown = TState>(
  observer: Observer<TState>,
  select?: (state: TState) => TShown,
): TShown {
  const committed = useRef<TShown>(undefined)
  let of: TState | undefined
  let selected = committed.current
  const show = (state: TState): TShown => {
    // Without `select` a state is shown as it is.
    if (!select) return state as unknown as TShown
    if (of !== state) selected = replaceEqualDeep(selected, select(state))
    of = state
    return selected as TShown
  }
  const shown = useSyncExternalStore(
    observer.subscribe,
    () => show(observer.get()),
    () => show(observer.initial),
  )
  useInsertionEffect(() => {
    committed.current = shown
  })
  return shown
}

/** What is selected of the `data` of a state, as long as there are any. */
export function selectData<TState extends { readonly data: unknown }>(
  select: ((data: NonNullable<TState['data']>) => unknown) | undefined,
): ((state: TState) => TState) | undefined {
  return select && ((state) => (state.data === undefined ? state : { ...state, data: select(state.data as never) }))
}

/** An observer of nothing, while nothing is asked for. */
export function idle<TState>(state: TState): Observer<TState> {
  return { initial: state, get: () => state, subscribe: () => () => {} }
}
