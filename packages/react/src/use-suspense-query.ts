import { type UseSuspenseQueryResult, useSuspenseQuery as useTanstackSuspenseQuery } from '@tanstack/react-query'
import { queryOptionsOf, type Source } from './query-options.js'

/** TanStack's `useSuspenseQuery` of a path. */
export function useSuspenseQuery(
  source: Source,
  path: string,
  input: unknown,
  options?: object,
): UseSuspenseQueryResult {
  // Its types refuse `skipToken`, and so do ours.
  return useTanstackSuspenseQuery(queryOptionsOf(source, path, input, options) as never)
}
