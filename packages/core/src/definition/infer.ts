/**
 * Types looked up from a procedure or topic, of the definition or of a client.
 *
 * Rule: each helper is one property lookup.
 */
import type { BuiltInError, TrunklineError } from '../error/trunkline-error.js'

interface HasTypes<TTypes> {
  readonly '~types': TTypes
}

/** What a caller passes to a procedure; `undefined` where it declares no input. */
export type InferInput<TProcedure extends HasTypes<object>> = TProcedure['~types'] extends { input: infer TInput }
  ? TInput
  : undefined
/** What a procedure gives; of a subscription one item. */
export type InferOutput<TProcedure extends HasTypes<{ readonly output: unknown }>> = TProcedure['~types']['output']
/** Every error that a call can fail with: the declared ones and the built-in ones. */
export type InferError<TProcedure extends HasTypes<object>> = ErrorsOf<TProcedure['~types']> | BuiltInError
/** What a subscriber of a topic gets. */
export type InferEvent<TTopic extends HasTypes<{ readonly event: unknown }>> = TTopic['~types']['event']
/** What tells one history of a topic from another. */
export type InferParams<TTopic extends HasTypes<{ readonly params: unknown }>> = TTopic['~types']['params']
/** The state of a member of a topic with presence. */
export type InferPresence<TTopic extends HasTypes<{ readonly presence: unknown }>> = TTopic['~types']['presence']
/** What a topic's `snapshot` gives. */
export type InferSnapshot<TTopic extends HasTypes<{ readonly snapshot: unknown }>> = TTopic['~types']['snapshot']

/** The declared errors of a bag of types, as a union that narrows by `code`. */
export type ErrorsOf<TTypes> = TTypes extends { errors: infer TErrors }
  ? { [TCode in keyof TErrors & string]: TrunklineError<TCode, TErrors[TCode]> }[keyof TErrors & string]
  : never
