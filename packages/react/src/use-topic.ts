import { skipToken } from '@tanstack/react-query'
import { type AnyTopicCallbacks, inputKey, observeTopic, type TopicState } from '@trunkline/client/observer'
import { type Binding, useNode } from './binding.js'
import { useKept } from './use-kept.js'
import { useLatest } from './use-latest.js'
import { idle, useObserver } from './use-observer.js'

/** Hands the events of a topic to the callbacks of the newest render, and tells where the subscription stands. */
export function useTopic(
  binding: Binding,
  path: string,
  params: unknown,
  callbacks: AnyTopicCallbacks & { readonly enabled?: boolean },
): TopicState {
  const node = useNode(binding, path)
  const latest = useLatest(callbacks)
  const isAsked = callbacks.enabled !== false && params !== skipToken
  const key = inputKey(params)
  const observer = useKept(
    () => (isAsked ? observeTopic(node, params, () => latest.current) : idle<TopicState>(IDLE)),
    [node, isAsked, key],
  )
  return useObserver(observer)
}

const IDLE: TopicState = { status: 'idle', error: undefined }
