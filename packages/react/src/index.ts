'use client'
export type { LiveState, PlacedState, PresenceState, SubscriptionState, TopicState } from '@trunkline/client/observer'
export type { ReactOptions, TrunklineReact } from './create-react.js'
export { createReact } from './create-react.js'
export type { QueryTopicOptions, QueryWithTopic } from './live-query-types.js'
export type { MutationHookOptions, MutationHooks } from './mutation-types.js'
export type {
  InfiniteQueryHookOptions,
  InfiniteQueryKeyOf,
  InfiniteQueryOptionsOf,
  LiveQueryHookOptions,
  QueryHelpers,
  QueryHookOptions,
  QueryHooks,
  QueryKeyOf,
  QueryOptionsOf,
  SkippableQueryOptionsOf,
} from './query-types.js'
export type { PathNode, ReactApi } from './react-types.js'
export type { ErrorOf } from './route-types.js'
export type { SubscriptionHookOptions, SubscriptionHooks } from './subscription-types.js'
export type { EmptyLiveOptions, PresenceResult, SnapshotLiveOptions, TopicHooks } from './topic-types.js'
export type { TrunklineProviderProps } from './trunkline-provider.js'
export { useLiveQuery } from './use-live-query.js'
