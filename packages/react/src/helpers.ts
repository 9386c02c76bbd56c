/**
 * What a path offers beside hooks, by name.
 */
import type { QueryClient } from '@tanstack/react-query'
import { queryKeyOf } from './query-key.js'
import { infiniteQueryOptionsOf, mutationOptionsOf, queryOptionsOf, type Source } from './query-options.js'

// biome-ignore lint/suspicious/noExplicitAny: what a verb takes and gives, the types of the path say
export type Verb<TOf> = (of: TOf, path: string, ...args: any[]) => unknown
export type Verbs<TOf> = Readonly<Record<string, Verb<TOf>>>

const keyOf: Verb<Source> = ({ name }, path, input?: unknown) => queryKeyOf(name, path, input)

export const HELPERS: Verbs<Source> = {
  pathKey: keyOf,
  queryKey: keyOf,
  mutationKey: keyOf,
  queryOptions: queryOptionsOf,
  infiniteQueryOptions: infiniteQueryOptionsOf,
  mutationOptions: mutationOptionsOf,
  prefetch: (source, path, queryClient: QueryClient, input?: unknown, options?: object) =>
    queryClient.prefetchQuery(queryOptionsOf(source, path, input, options)),
  ensure: (source, path, queryClient: QueryClient, input?: unknown, options?: object) =>
    queryClient.ensureQueryData(queryOptionsOf(source, path, input, options)),
}
