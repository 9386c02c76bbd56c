import { type BuiltInError, type ErrorsOf, isTrunklineErrorLike, type TrunklineError } from '@trunkline/core'

interface Path<TTypes> {
  readonly '~types': TTypes
  readonly '~path': string
}

/**
 * Whether `error` is a TrunklineError; with a procedure of the client, whether a call of it failed with it; with a code,
 * whether it has that code. Narrows accordingly.
 */
export function isTrunklineError(error: unknown): error is TrunklineError
export function isTrunklineError<TTypes>(
  error: unknown,
  procedure: Path<TTypes>,
): error is ErrorsOf<TTypes> | BuiltInError
export function isTrunklineError<TTypes, const TCode extends (ErrorsOf<TTypes> | BuiltInError)['code']>(
  error: unknown,
  procedure: Path<TTypes>,
  code: TCode,
): error is Extract<ErrorsOf<TTypes> | BuiltInError, { readonly code: TCode }>
export function isTrunklineError(error: unknown, procedure?: Path<unknown>, code?: string): boolean {
  return (
    isTrunklineErrorLike(error) &&
    // Another procedure may declare the same code with other data.
    (!procedure || error.path === procedure['~path']) &&
    (!code || error.code === code)
  )
}
