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
  // Declared, not defined: the constructor gives all of them at once, which every browser downloads.
  declare readonly name: string
  /** A built-in code or one that the procedure declares. */
  declare readonly code: TCode
  /** What a declared error carries; `undefined` otherwise. */
  declare readonly data: TData
  declare readonly fate: Fate
  declare readonly path: string | undefined
  declare readonly issues: readonly Issue[] | undefined
  declare readonly correlationId: string | undefined
  declare readonly retryAfterMs: number | undefined

  constructor(
    code: TCode,
    message?: string,
    {
      cause,
      data,
      fate = usualFate(code),
      path,
      issues,
      correlationId,
      retryAfterMs,
    }: TrunklineErrorOptions<TData> = {},
  ) {
    super(message ?? code, cause === undefined ? undefined : { cause })
    Object.assign(this, { name: 'TrunklineError', code, data, fate, path, issues, correlationId, retryAfterMs })
  }
}

/** An error with one of the built-in codes. */
export type BuiltInError = TrunklineError<ErrorCode, undefined>

/** Whether `value` is a TrunklineError, also one made by another copy of this package. */
export function isTrunklineErrorLike(value: unknown): value is TrunklineError {
  return value instanceof Error && value.name === 'TrunklineError' && 'code' in value && 'fate' in value
}
