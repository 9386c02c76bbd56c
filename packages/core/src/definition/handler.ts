/**
 * What a handler is given and what it may give back.
 *
 * Not the server's call: that implements `HandlerBase` (server/src/call.ts).
 * Rule: members that cost something to make (`signal`, `publish`) are made when they are first read.
 */
import type { TrunklineError } from '../error/trunkline-error.js'
import type { Position } from '../protocol/position.js'
import type { AnyTopic } from './topic.js'

/** A value or a promise of it. */
export type MaybePromise<T> = T | Promise<T>

/** Options of a publish. */
export interface PublishOptions {
  /**
   * Two publishes with one id are one event, for as long as the broker remembers ids. Default: a new random id; in the handler
   * of an idempotent mutation one made of its key, the same for every run.
   */
  readonly id?: string | undefined
  /**
   * Who listens now gets the event and nothing is kept of it, whatever the topic's delivery: it has no position, no gap
   * tells of it, and it has no order relative to stored events. Default false.
   */
  readonly ephemeral?: boolean | undefined
}

/**
 * Publishes an event to everyone subscribed to a topic, the caller included.
 *
 * Resolves when the broker has accepted it, not when it was delivered. One topic with one set of params keeps one order.
 *
 * @returns the event's position; `undefined` where the topic retains nothing.
 * @throws TrunklineError `NOT_FOUND` where the topic is not in the server's router, `INVALID_INPUT`, `PAYLOAD_TOO_LARGE`,
 *   `LIMIT_EXCEEDED` for a full table (nothing was published), `BROKER_UNAVAILABLE` (unknown).
 * @see spec/PROTOCOL.md#7-topics
 */
export type Publish = <$Topic extends AnyTopic>(
  topic: $Topic,
  params: NoInfer<$Topic['~types']['params']>,
  event: NoInfer<$Topic['~types']['publish']>,
  options?: PublishOptions,
) => Promise<Position | undefined>

/** What every handler and middleware can read. */
export interface HandlerBase<TContext, TInput> {
  readonly input: TInput
  readonly ctx: TContext
  /**
   * Fires when the call is over for the caller: it aborted, its deadline passed, it said goodbye, or its session
   * ended after `resumeMs` without a connection. An idempotent call is not told of a disconnect.
   */
  readonly signal: AbortSignal
  readonly publish: Publish
  /** The path of the procedure, dots between its names. */
  readonly path: string
  /** What `.meta()` declared. */
  readonly meta: Readonly<Record<string, unknown>>
  /** The key of an idempotent mutation: the same for every try of one call. The caller's own, else derived: may be stored. */
  readonly idempotencyKey: string | undefined
  /** Of a subscription that starts again: the id of the last item that the client took. */
  readonly lastEventId: string | undefined
}

/** Makes the errors that a procedure declares: `throw errors.MUTED({ untilMs })`. */
export type ErrorConstructors<TErrors> = {
  readonly [TCode in keyof TErrors & string]: undefined extends TErrors[TCode]
    ? (data?: TErrors[TCode], message?: string) => TrunklineError<TCode, TErrors[TCode]>
    : (data: TErrors[TCode], message?: string) => TrunklineError<TCode, TErrors[TCode]>
}

/** The input after its schema; `undefined` where none was declared. */
export type ParsedInput<TBag> = TBag extends { parsed: infer TParsed } ? TParsed : undefined

/** The arguments of a handler: `errors` is there when some were declared. */
export type HandlerArgs<TBag extends { context: unknown }> = TBag extends { errors: infer TErrors }
  ? HandlerBase<TBag['context'], ParsedInput<TBag>> & { readonly errors: ErrorConstructors<TErrors> }
  : HandlerBase<TBag['context'], ParsedInput<TBag>>

/** An item of a subscription with the id that a later subscription can continue after. */
export interface Tracked<TItem> {
  readonly '~tracked': string
  readonly value: TItem
}

/**
 * Gives an item of a subscription an id. After a lost session the handler is started again with `lastEventId` set to
 * the id of the last item that the client took.
 *
 * @param id - 1 to 256 characters.
 */
export function tracked<TItem>(id: string, value: TItem): Tracked<TItem> {
  return { '~tracked': id, value }
}

/** The item inside a tracked one; other types as they are. */
export type Untracked<TItem> = TItem extends Tracked<infer TValue> ? TValue : TItem
