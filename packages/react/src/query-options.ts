/**
 * What TanStack Query is told of a query or mutation: its key, and how it is called.
 *
 * Not a cache. Rule: nothing here knows React, so that servers and loaders can use it.
 */
import {
  type MutationFunctionContext,
  type QueryClient,
  type QueryFunctionContext,
  type SkipToken,
  skipToken,
} from '@tanstack/react-query'
import { nodeAt } from './node-at.js'
import { queryKeyOf } from './query-key.js'

/** Where calls go: a client's `api` or a server's caller, for what this QueryClient holds. */
export interface Source {
  readonly name: string
  apiOf(queryClient: QueryClient): unknown
}

export type AnyQueryOptions = {
  readonly queryKey: ReturnType<typeof queryKeyOf>
  readonly queryFn: SkipToken | ((context: QueryFunctionContext) => Promise<unknown>)
} & Readonly<Record<string, unknown>>

/** Options of a query. Its call is given up when TanStack has no more use for it. */
export function queryOptionsOf(source: Source, path: string, input: unknown, options?: object): AnyQueryOptions {
  return {
    ...options,
    queryKey: queryKeyOf(source.name, path, input),
    queryFn:
      input === skipToken
        ? skipToken
        : ({ client, signal }) => nodeAt(source.apiOf(client), path).query(input, { signal }),
  }
}

/**
 * Options of a query whose input goes on from the page before. Its key is that of the first page's input and a word more:
 * what invalidates the query by its input reaches the pages, and neither is taken for the other.
 */
export function infiniteQueryOptionsOf(
  source: Source,
  path: string,
  input: SkipToken | ((pageParam: unknown) => unknown),
  options: { readonly initialPageParam: unknown },
): AnyQueryOptions {
  const isSkipped = input === skipToken
  const first = isSkipped ? undefined : input(options.initialPageParam)
  return {
    ...options,
    // Where there is no input `null` has its place: else the word could be read as one.
    queryKey: [...queryKeyOf(source.name, path, first ?? null), 'pages'],
    queryFn: isSkipped
      ? input
      : ({ client, signal, pageParam }) => nodeAt(source.apiOf(client), path).query(input(pageParam), { signal }),
  }
}

/** What the path adds to TanStack's options of a mutation. */
interface KeyOption {
  readonly key?: ((input: unknown) => string | undefined) | undefined
}

/** Options of a mutation. */
export function mutationOptionsOf(source: Source, path: string, { key, ...options }: KeyOption = {}): object {
  return {
    ...options,
    mutationKey: queryKeyOf(source.name, path),
    mutationFn: (input: unknown, { client }: MutationFunctionContext) =>
      nodeAt(source.apiOf(client), path).mutate(input, { key: key?.(input) }),
  }
}
