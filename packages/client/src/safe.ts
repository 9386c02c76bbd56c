import { isTrunklineErrorLike, TrunklineError } from '@trunkline/core'
import type { CallPromise } from './client-types.js'

/** How a call ended, as a value. Narrow by `ok`, then by `error.code`. */
export type Settled<TOutput, TError> =
  | { readonly ok: true; readonly data: TOutput; readonly error?: undefined }
  | { readonly ok: false; readonly data?: undefined; readonly error: TError }

/**
 * Waits for a call and gives its outcome as a value, with the errors that its procedure declares.
 *
 * Resolves always. What was thrown and is no TrunklineError becomes one with code `INTERNAL` and its `cause`.
 */
export function safe<TOutput, TError = TrunklineError>(
  call: Promise<TOutput> & Pick<CallPromise<TOutput, TError>, '~types'>,
): Promise<Settled<TOutput, TError>> {
  return call.then(
    (data) => ({ ok: true, data }),
    (error: unknown) => ({
      ok: false,
      // What the promise says it can reject with is what its call says; of another promise nothing is known but the class.
      error: (isTrunklineErrorLike(error)
        ? error
        : new TrunklineError('INTERNAL', String(error), { cause: error })) as TError,
    }),
  )
}
