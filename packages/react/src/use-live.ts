import { skipToken } from '@tanstack/react-query'
import { inputKey, type LiveOptions, type LiveState, observeLive } from '@trunkline/client/observer'
import { type Binding, useNode } from './binding.js'
import { useKept } from './use-kept.js'
import { useLatest } from './use-latest.js'
import { idle, selectData, useObserver } from './use-observer.js'

/** The state of a topic: its snapshot or a state that begins empty, reduced by events. */
export function useLive(
  binding: Binding,
  path: string,
  params: unknown,
  options: LiveOptions<unknown, unknown> & {
    readonly enabled?: boolean
    readonly select?: (state: unknown) => unknown
  },
): LiveState<unknown> {
  const node = useNode(binding, path)
  const latest = useLatest(options)
  const isAsked = options.enabled !== false && params !== skipToken
  const key = inputKey(params)
  const observer = useKept(() => {
    const live = observeLive(node, params, options, () => latest.current)
    return isAsked ? live : idle<LiveState<unknown>>({ ...live.initial, status: 'idle' })
  }, [node, isAsked, key])
  return useObserver(observer, selectData(options.select))
}
