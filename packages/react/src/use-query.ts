import { type UseQueryResult, useQuery as useTanstackQuery } from '@tanstack/react-query'
import type { Source } from './query-options.js'
import { queryOptionsOf } from './query-options.js'

/** TanStack's `useQuery` of a path. */
export function useQuery(source: Source, path: string, input: unknown, options?: object): UseQueryResult {
  return useTanstackQuery(queryOptionsOf(source, path, input, options))
}
