import { isTrunklineErrorLike, TrunklineError } from '@trunkline/core'
import type { CallErrorOf, CallPromise } from './client-types.js'

/** How a call ended, as a value. Narrow by `ok`, then by `error.code`. */
export type Settled<TOutput, TError> =
  | { readonly ok: true; readonly data: TOutput; readonly error?: undefined }
  | { readonly ok: false; readonly data?: undefined; readonly error: TError }

/**
 * Waits for a call and gives its outcome as a value, with the errors that its procedure declares.
 *
 * Resolves always. What was thrown and is no TrunklineError becomes one with code `INTERNAL` and its `cause`.
 */
export function safe<TTypes, TOutput>(
  call: Promise<TOutput> & Pick<CallPromise<TTypes>, '~types'>,
): Promise<Settled<TOutput, CallErrorOf<TTypes>>> {
  return call.then(
    (data) => ({ ok: true, data }),
    (error: unknown) => ({
      ok: false,
      // The types that the promise carries are those of its call.
      error: (isTrunklineErrorLike(error)
        ? error
        : new TrunklineError('INTERNAL', String(error), { cause: error })) as CallErrorOf<TTypes>,
    }),
  )
}
