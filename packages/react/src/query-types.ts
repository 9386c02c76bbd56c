/**
 * The types of a query's hooks and helpers. What they do is TanStack Query's; what they are given is the router's.
 */
import type {
  DataTag,
  InfiniteData,
  QueryClient,
  QueryFunction,
  QueryKey,
  SkipToken,
  UseInfiniteQueryOptions,
  UseQueryOptions,
  UseQueryResult,
  UseSuspenseQueryOptions,
  UseSuspenseQueryResult,
} from '@tanstack/react-query'
import type { ErrorOf, InputArgs, InputOf, OutputOf, RouteNode, SkippableArgs } from './route-types.js'

/** The key of a query's data, which remembers their type. */
export type QueryKeyOf<TTypes> = DataTag<QueryKey, OutputOf<TTypes>, ErrorOf<TTypes>>

/** TanStack's options, but what the path says by itself. */
export type QueryHookOptions<TTypes, TSelected> = Omit<
  UseQueryOptions<OutputOf<TTypes>, ErrorOf<TTypes>, TSelected>,
  'queryKey' | 'queryFn'
>

/** TanStack's options, but what the topic decides. */
export interface LiveQueryHookOptions<TTypes, TSelected> extends Omit<QueryHookOptions<TTypes, TSelected>, 'enabled'> {
  /** Whether query and topic are asked for. Default true. */
  readonly enabled?: boolean | undefined
}

type SuspenseHookOptions<TTypes, TSelected> = Omit<
  UseSuspenseQueryOptions<OutputOf<TTypes>, ErrorOf<TTypes>, TSelected>,
  'queryKey' | 'queryFn'
>

/** Options for any of TanStack's functions that take a query. */
export interface QueryOptionsOf<TTypes, TSelected = OutputOf<TTypes>>
  extends Omit<UseQueryOptions<OutputOf<TTypes>, ErrorOf<TTypes>, TSelected>, 'queryKey' | 'queryFn'> {
  readonly queryKey: QueryKeyOf<TTypes>
  readonly queryFn: QueryFunction<OutputOf<TTypes>>
}

/** Options of a query that may have to wait for its input; a query that suspends cannot, and does not take them. */
export interface SkippableQueryOptionsOf<TTypes, TSelected = OutputOf<TTypes>>
  extends Omit<QueryOptionsOf<TTypes, TSelected>, 'queryFn'> {
  readonly queryFn: QueryFunction<OutputOf<TTypes>> | SkipToken
}

/** TanStack's options of a query that is read page by page, but what the path says by itself. */
export type InfiniteQueryHookOptions<TTypes, TPageParam, TSelected> = Omit<
  UseInfiniteQueryOptions<OutputOf<TTypes>, ErrorOf<TTypes>, TSelected, QueryKey, TPageParam>,
  'queryKey' | 'queryFn'
>

/** The key of a query's pages, which remembers their type. */
export type InfiniteQueryKeyOf<TTypes, TPageParam> = DataTag<
  QueryKey,
  InfiniteData<OutputOf<TTypes>, TPageParam>,
  ErrorOf<TTypes>
>

/** Options for any of TanStack's functions that take a query which is read page by page. */
export interface InfiniteQueryOptionsOf<TTypes, TPageParam, TSelected = InfiniteData<OutputOf<TTypes>, TPageParam>>
  extends InfiniteQueryHookOptions<TTypes, TPageParam, TSelected> {
  readonly queryKey: InfiniteQueryKeyOf<TTypes, TPageParam>
  readonly queryFn: QueryFunction<OutputOf<TTypes>, QueryKey, TPageParam>
}

/** What a query offers without React: for loaders, for a server's render, for TanStack's own functions. */
export interface QueryHelpers<TTypes> extends RouteNode<TTypes> {
  /** What `useQuery`, `prefetchQuery` and their like take. */
  queryOptions<TSelected = OutputOf<TTypes>>(
    ...args: InputArgs<TTypes, QueryHookOptions<TTypes, TSelected>>
  ): QueryOptionsOf<TTypes, TSelected>
  /** With `skipToken` for its input it waits. */
  queryOptions<TSelected = OutputOf<TTypes>>(
    ...args: SkippableArgs<TTypes, QueryHookOptions<TTypes, TSelected>>
  ): SkippableQueryOptionsOf<TTypes, TSelected>
  /**
   * What `useInfiniteQuery`, `prefetchInfiniteQuery` and their like take.
   *
   * @param input - makes the input of a page of its param, the first time of `initialPageParam`; `skipToken` waits.
   */
  infiniteQueryOptions<TPageParam, TSelected = InfiniteData<OutputOf<TTypes>, TPageParam>>(
    input: SkipToken | ((pageParam: TPageParam) => InputOf<TTypes>),
    options: InfiniteQueryHookOptions<TTypes, TPageParam, TSelected>,
  ): InfiniteQueryOptionsOf<TTypes, TPageParam, TSelected>
  /** The key of the data of one input; without an input, of all of them. */
  queryKey(input?: InputOf<TTypes>): QueryKeyOf<TTypes>
  /** Fetches into the cache, unless fresh data are there. Never rejects. */
  prefetch(
    queryClient: QueryClient,
    ...args: InputArgs<TTypes, QueryHookOptions<TTypes, OutputOf<TTypes>>>
  ): Promise<void>
  /** Gives the data in the cache, or fetches them. */
  ensure(
    queryClient: QueryClient,
    ...args: InputArgs<TTypes, QueryHookOptions<TTypes, OutputOf<TTypes>>>
  ): Promise<OutputOf<TTypes>>
}

/** What a query offers. */
export interface QueryHooks<TTypes> extends QueryHelpers<TTypes> {
  /** TanStack's `useQuery` of this query; with `skipToken` for its input it waits. */
  useQuery<TSelected = OutputOf<TTypes>>(
    ...args: SkippableArgs<TTypes, QueryHookOptions<TTypes, TSelected>>
  ): UseQueryResult<TSelected, ErrorOf<TTypes>>
  /** TanStack's `useSuspenseQuery` of this query: `data` are always there. */
  useSuspenseQuery<TSelected = OutputOf<TTypes>>(
    ...args: InputArgs<TTypes, SuspenseHookOptions<TTypes, TSelected>>
  ): UseSuspenseQueryResult<TSelected, ErrorOf<TTypes>>
}
