export type { Clock } from './clock.js'
export type { BinaryFraming, BinaryMessage, Codec, EncodedBytes, EncodedPayload } from './codec/codec.js'
export type { JsonCodecOptions } from './codec/json.js'
export { jsonCodec } from './codec/json.js'
export { jsonBytesCodec } from './codec/json-bytes.js'
export { PayloadError, UnreadBlobError } from './codec/payload-error.js'
export type {
  ErrorConstructors,
  HandlerArgs,
  HandlerBase,
  MaybePromise,
  Publish,
  PublishOptions,
  Tracked,
  Untracked,
} from './definition/handler.js'
export { tracked } from './definition/handler.js'
export type { Handlers, TopicHandlers } from './definition/implement.js'
export type {
  ErrorsOf,
  InferError,
  InferEvent,
  InferInput,
  InferOutput,
  InferParams,
  InferPresence,
  InferSnapshot,
} from './definition/infer.js'
export type { AnyMiddleware, Middleware, MiddlewareArgs, MiddlewareResult } from './definition/middleware.js'
export type {
  ContractTypes,
  IdempotentOptions,
  Procedure,
  ProcedureBuilder,
  ProcedureDefinition,
  ProcedureKind,
  ProcedureTypes,
} from './definition/procedure.js'
export { isProcedure } from './definition/procedure.js'
export type { InferRouter, LazyRouter, ReservedNames, Router, Routes } from './definition/router.js'
export { isLazyRouter, isRouter } from './definition/router.js'
export type { Schema, SchemaInput, SchemaOutput, SchemaResult } from './definition/schema.js'
export { validate } from './definition/schema.js'
export type {
  Absent,
  AnyTopic,
  AuthorizeArgs,
  Delivery,
  NoParams,
  Retain,
  SnapshotAt,
  Topic,
  TopicAction,
  TopicConfig,
  TopicDefinition,
  TopicFactory,
  TopicTypes,
} from './definition/topic.js'
export { isTopic } from './definition/topic.js'
export type { Trunkline } from './definition/trunkline.js'
export { trunkline } from './definition/trunkline.js'
export type { ErrorCodeEntry } from './error/error-code.js'
export { ERROR_CODES, isErrorCode } from './error/error-code.js'
export type { ErrorCode, Fate } from './error/fate.js'
export type { BuiltInError, Issue, TrunklineErrorOptions } from './error/trunkline-error.js'
export { isTrunklineErrorLike, TrunklineError } from './error/trunkline-error.js'
export { PreparedMessage } from './prepared-message.js'
export type { AfterClose, CloseReason } from './protocol/close-code.js'
export { afterClose, CLOSE_CODE, closeReason } from './protocol/close-code.js'
export type { CloseCodeEntry } from './protocol/close-code-table.js'
export { CLOSE_CODES } from './protocol/close-code-table.js'
export type { Gap, GapReason, Position, Since } from './protocol/position.js'
export { isPosition } from './protocol/position.js'
export type { Message, Transport, TransportEvents } from './transport.js'
