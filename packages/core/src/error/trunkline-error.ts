/**
 * The one error class.
 *
 * Not a hierarchy: what differs is data (`code`, `data`, `fate`). Narrow by code, not by class.
 * Rule: no private or `#` members, so that the ESM and the CJS declarations stay assignable to each other.
 */
import { type ErrorCode, type Fate, usualFate } from './fate.js'

/** One thing that a schema found wrong. */
export interface Issue {
  readonly message: string
  /** Keys from the root of the input to the place, as strings and numbers. */
  readonly path?: readonly (string | number)[] | undefined
}

/** What else is known when an error is made. */
export interface TrunklineErrorOptions<TData = unknown> {
  readonly data?: TData | undefined
  readonly fate?: Fate | undefined
  /** Path of the procedure or topic, dots between its names. */
  readonly path?: string | undefined
  readonly issues?: readonly Issue[] | undefined
  /** Finds this failure in the server's log. */
  readonly correlationId?: string | undefined
  /** Milliseconds after which another try may succeed. */
  readonly retryAfterMs?: number | undefined
  readonly cause?: unknown
}

/**
 * A call, subscription or topic that failed, with what is known of its fate.
 *
 * @see spec/PROTOCOL.md#9-error-codes
 */
export class TrunklineError<TCode extends string = string, TData = unknown> extends Error {
  override readonly name: string = 'TrunklineError'
  /** A built-in code or one that the procedure declares. */
  readonly code: TCode
  /** What a declared error carries; `undefined` otherwise. */
  readonly data: TData
  readonly fate: Fate
  readonly path: string | undefined
  readonly issues: readonly Issue[] | undefined
  readonly correlationId: string | undefined
  readonly retryAfterMs: number | undefined

  constructor(code: TCode, message?: string, options: TrunklineErrorOptions<TData> = {}) {
    super(message ?? code, options.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
    // TData is `undefined` for every code that carries no data, which is when it is left out.
    this.data = options.data as TData
    this.fate = options.fate ?? usualFate(code)
    this.path = options.path
    this.issues = options.issues
    this.correlationId = options.correlationId
    this.retryAfterMs = options.retryAfterMs
  }
}

/** An error with one of the built-in codes. */
export type BuiltInError = TrunklineError<ErrorCode, undefined>

/** Whether `value` is a TrunklineError, also one made by another copy of this package. */
export function isTrunklineErrorLike(value: unknown): value is TrunklineError {
  return value instanceof Error && value.name === 'TrunklineError' && 'code' in value && 'fate' in value
}
