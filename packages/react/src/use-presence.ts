import { skipToken } from '@tanstack/react-query'
import { inputKey, observePresence, type PresenceObserver } from '@trunkline/client/observer'
import { useEffect, useMemo, useRef } from 'react'
import { type Binding, useNode } from './binding.js'
import type { PresenceResult } from './topic-types.js'
import { useLatest } from './use-latest.js'
import { idle, useObserver } from './use-observer.js'

type AnyObserver = PresenceObserver<unknown, unknown>

/** Who is present on a topic; with a state, this client as well. */
export function usePresence(
  binding: Binding,
  path: string,
  params: unknown,
  state?: unknown,
  { enabled = true }: { readonly enabled?: boolean } = {},
): PresenceResult<unknown, unknown> {
  const node = useNode(binding, path)
  const latest = useLatest(state)
  const isAsked = enabled && params !== skipToken
  const isPresent = state !== undefined
  const key = inputKey(params)
  // biome-ignore lint/correctness/useExhaustiveDependencies: params of one key are the same, however often they are made
  const observer = useMemo((): AnyObserver => {
    const presence: AnyObserver = observePresence(node, params, isPresent ? () => latest.current : undefined)
    return isAsked ? presence : { ...presence, ...idle(presence.initial) }
  }, [node, isAsked, isPresent, key])
  const presence = useObserver(observer)

  const told = useRef<readonly [AnyObserver, unknown]>(undefined)
  // biome-ignore lint/correctness/useExhaustiveDependencies: states of one key are the same, however often they are made
  useEffect(() => {
    const [of, before] = told.current ?? []
    told.current = [observer, state]
    // What it began with, it was present with from the start.
    const patch = of === observer && changedMembers(before, state)
    if (patch !== false && patch !== undefined) observer.update(patch)
  }, [observer, inputKey(state)])

  // The same until something changes, for who hands it on or memoises what is made of it.
  return useMemo(() => ({ ...presence, update: observer.update }), [presence, observer])
}

/** What of a state is another than before: of an object its members, else all of it; `undefined` where nothing is. */
function changedMembers(before: unknown, after: unknown): unknown {
  if (inputKey(before) === inputKey(after)) return undefined
  if (!isObject(before) || !isObject(after)) return after
  const patch: Record<string, unknown> = {}
  for (const name of Object.keys({ ...before, ...after })) {
    if (inputKey(before[name]) !== inputKey(after[name])) patch[name] = after[name]
  }
  return patch
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}
