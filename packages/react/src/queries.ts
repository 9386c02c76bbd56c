// What servers and loaders import: no React in it.
export type { Queries, QueriesOptions } from './create-queries.js'
export { createQueries } from './create-queries.js'
export type {
  InfiniteQueryHookOptions,
  InfiniteQueryKeyOf,
  InfiniteQueryOptionsOf,
  QueryHelpers,
  QueryHookOptions,
  QueryKeyOf,
  QueryOptionsOf,
} from './query-types.js'
export type { PathNode } from './react-types.js'
export type { ErrorOf } from './route-types.js'
