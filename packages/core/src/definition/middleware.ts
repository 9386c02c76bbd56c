/**
 * Middleware: code around a handler that may extend its context.
 *
 * Not a hook list: each middleware calls `next` once and returns what it gave.
 * Rule: middleware runs after the input was validated and before an idempotency key is claimed, so it runs on repeats.
 */
import type { HandlerBase, MaybePromise } from './handler.js'
import type { ProcedureKind } from './procedure.js'

/** What `next` gives and a middleware must return; remembers how the context was extended. */
export interface MiddlewareResult<TExtension> {
  readonly '~extension'?: TExtension
  /** What the handler returned. */
  readonly output: unknown
}

/** What a middleware is given. */
export interface MiddlewareArgs<TContext, TInput> extends HandlerBase<TContext, TInput> {
  readonly kind: ProcedureKind
  /** Runs the rest: further middleware and the handler. With `ctx`, its members are added to the context. */
  readonly next: {
    (): Promise<MiddlewareResult<unknown>>
    <$Extension extends object>(extended: { readonly ctx: $Extension }): Promise<MiddlewareResult<$Extension>>
  }
}

/** A middleware over a context; `TExtension` is what it adds. */
export type Middleware<TContext, TInput, TExtension> = (
  args: MiddlewareArgs<TContext, TInput>,
) => MaybePromise<MiddlewareResult<TExtension>>

/** A middleware whose types were checked where it was added. */
export type AnyMiddleware = (args: never) => MaybePromise<MiddlewareResult<unknown>>
