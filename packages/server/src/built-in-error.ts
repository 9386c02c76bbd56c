import { ERROR_CODES, type ErrorCode, TrunklineError, type TrunklineErrorOptions } from '@trunkline/core'

/** An error that says what the table of codes says: the sentence travels, so that clients need not carry the table. */
export function builtInError(code: ErrorCode, options: TrunklineErrorOptions<undefined> = {}): TrunklineError {
  return new TrunklineError(code, ERROR_CODES[code].meaning, options)
}
