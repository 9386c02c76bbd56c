/**
 * The keys under which TanStack Query keeps what a path gives.
 *
 * Rule: the key of a path is the beginning of the keys of everything below it, so that it invalidates them together.
 */
import { type QueryKey, skipToken } from '@tanstack/react-query'
import { inputKey } from '@trunkline/client/observer'

/** `['trunkline', 'messages', 'list', { room: 'a' }]`. What JSON cannot say of the input is said in its own words. */
export function queryKeyOf(name: string, path: string, input?: unknown): QueryKey {
  const key = path ? [name, ...path.split('.')] : [name]
  const said = input === skipToken ? undefined : inputKey(input)
  return said === undefined ? key : [...key, JSON.parse(said)]
}
