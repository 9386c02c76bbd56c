/**
 * The types of a query that a topic keeps true.
 */
import type { UseQueryResult } from '@tanstack/react-query'
import type { Position } from '@trunkline/client'
import type { TopicState } from '@trunkline/client/observer'
import type { MemberOf } from './route-types.js'

/** Which topic keeps a query true, and how. */
export interface QueryTopicOptions<TData, TTopic> {
  readonly topic: { readonly '~types': TTopic; readonly '~path': string }
  readonly params: NoInfer<MemberOf<TTopic, 'params'>>
  /** Gives the next data; leaves those before as they are, and takes an event twice without harm: see `upsertBy`. */
  readonly patch: (data: TData, event: NoInfer<MemberOf<TTopic, 'event'>>) => TData
  /** The position that a server noted before it fetched what is hydrated here: then nothing is fetched again. */
  readonly since?: Position | undefined
}

/** A query with the topic that keeps it true. */
export interface QueryWithTopic<TSelected, TError> {
  /** What TanStack's `useQuery` gives. */
  readonly query: UseQueryResult<TSelected, TError>
  /** Where the subscription to the topic stands. */
  readonly topic: TopicState
}
