import { type SkipToken, skipToken, useQueryClient, useQuery as useTanstackQuery } from '@tanstack/react-query'
import { inputKey, type TopicState } from '@trunkline/client/observer'
import { useMemo } from 'react'
import { type Binding, useNode } from './binding.js'
import type { QueryTopicOptions, QueryWithTopic } from './live-query-types.js'
import { queryOptionsOf, type Source } from './query-options.js'
import { observeQueryTopic } from './query-topic.js'
import type { LiveQueryHookOptions } from './query-types.js'
import type { ErrorOf, OutputOf, RouteNode } from './route-types.js'
import { useLatest } from './use-latest.js'
import { idle, useObserver } from './use-observer.js'

/**
 * A query, its cached data patched by each event of a topic, and fetched again where events were missed.
 *
 * The first fetch waits until the topic is answered, so that no event falls between the two.
 *
 * @param query - a query of the `api` that `createReact` gives.
 * @see docs/guide/react.md#queries-that-a-topic-keeps-true
 */
export function useLiveQuery<TTypes extends { readonly kind: 'query' }, TTopic, TSelected = OutputOf<TTypes>>(
  query: RouteNode<TTypes>,
  input: (TTypes extends { readonly input: infer TInput } ? TInput : undefined) | SkipToken,
  live: QueryTopicOptions<OutputOf<TTypes>, TTopic>,
  options?: LiveQueryHookOptions<TTypes, TSelected>,
): QueryWithTopic<TSelected, ErrorOf<TTypes>> {
  // Every path of `api` has it, and gives back what the hook gives.
  return (query as unknown as HookNode<TTypes, TSelected>)['~use'](useLiveQueryOf, input, live, options)
}

interface HookNode<TTypes, TSelected> {
  '~use'(hook: typeof useLiveQueryOf, ...args: unknown[]): QueryWithTopic<TSelected, ErrorOf<TTypes>>
}

function useLiveQueryOf(
  binding: Binding & Source,
  path: string,
  input: unknown,
  live: QueryTopicOptions<unknown, { readonly params: unknown; readonly event: unknown }>,
  options: { readonly enabled?: boolean } = {},
): QueryWithTopic<unknown, Error> {
  const { topic: of, params, since } = live
  const queryClient = useQueryClient()
  const node = useNode(binding, of['~path'])
  const latest = useLatest(live.patch)
  const isAsked = options.enabled !== false && input !== skipToken
  const all = queryOptionsOf(binding, path, input, { staleTime: Number.POSITIVE_INFINITY, ...options })
  const { queryKey } = all
  // biome-ignore lint/correctness/useExhaustiveDependencies: inputs of one key are one input, however often they are made
  const observer = useMemo(() => {
    if (!isAsked) return idle<TopicState>({ status: 'idle', error: undefined })
    const patch = (data: unknown, event: unknown): unknown => latest.current(data, event)
    return observeQueryTopic({ queryClient, queryKey, node, params, since, patch })
  }, [queryClient, node, isAsked, inputKey(queryKey), inputKey(params)])
  const topic = useObserver(observer)
  // What was fetched before the topic answered would have to be fetched again.
  const enabled = isAsked && topic.status !== 'connecting'
  return { query: useTanstackQuery({ ...all, enabled }), topic }
}
