// What every entry exports beside its `createClient`.
export type {
  BuiltInError,
  ErrorCode,
  Fate,
  Gap,
  GapReason,
  InferError,
  InferEvent,
  InferInput,
  InferOutput,
  InferParams,
  InferPresence,
  InferSnapshot,
  Issue,
  Position,
  Since,
} from '@trunkline/core'
export { TrunklineError } from '@trunkline/core'
export type { CallOptions, QueueLimits } from './call.js'
export type {
  CallErrorOf,
  CallPromise,
  Client,
  ClientMutation,
  ClientQuery,
  ClientSubscription,
  ClientTopic,
  ClientTopicBase,
  MutationOptions,
  RouterOf,
} from './client-types.js'
export type { Connection } from './connection.js'
export type { ConnectionOptions } from './connection-options.js'
export type { ConnectionStatus } from './connection-status.js'
export type { ClientAndConnection, ClientOptions } from './create-client.js'
export type { ClientEvents, ListenerFailure } from './emitter.js'
export type { HeartbeatOptions } from './heartbeat.js'
export { isTrunklineError } from './is-trunkline-error.js'
export type { Joined, JoinOptions, Member, Members, UpdateOptions } from './presence.js'
export type { ReconnectOptions } from './reconnect.js'
export type { ReducedTopic, ReduceOptions } from './reduce-topic.js'
export { reduceTopic } from './reduce-topic.js'
export type { Settled } from './safe.js'
export { safe } from './safe.js'
export type {
  IterateOptions,
  SubscriptionCallbacks,
  SubscriptionHandle,
  SubscriptionStatus,
} from './subscription.js'
export type {
  EntryPlace,
  EventCallbacks,
  EventPlace,
  SnapshotCallbacks,
  TableCallbacks,
  TopicCallbacks,
  TopicStatus,
} from './topic-callbacks.js'
export { upsertBy } from './upsert-by.js'
export type { WebSocketConstructor, WebSocketLike } from './websocket-like.js'
