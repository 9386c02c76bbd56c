/**
 * What the types of hooks look up in the bag of a route.
 */
import type { SkipToken } from '@tanstack/react-query'
import type { CallErrorOf } from '@trunkline/client/observer'

/** A route, for the type checker and by its path. */
export interface RouteNode<TTypes> {
  /** Phantom: exists for the type checker only. */
  readonly '~types': TTypes
  /** The path, dots between its names. */
  readonly '~path': string
}

/** `undefined` where no input is declared. */
export type InputOf<TTypes> = TTypes extends { readonly input: infer TInput } ? TInput : undefined

export type OutputOf<TTypes> = TTypes extends { readonly output: infer TOutput } ? TOutput : never

/** What a call of a procedure can fail with. */
export type ErrorOf<TTypes> = CallErrorOf<TTypes>

export type MemberOf<TTypes, TName extends string> = TTypes extends { readonly [K in TName]: infer TMember }
  ? TMember
  : never

/** `input` first where one is declared; it may be left out where `undefined` is one. TSkip: what may stand in its place. */
export type InputArgs<TTypes, TOptions, TSkip = never> = TTypes extends { readonly input: infer TInput }
  ? undefined extends TInput
    ? [input?: TInput | TSkip, options?: TOptions]
    : [input: TInput | TSkip, options?: TOptions]
  : [input?: undefined | TSkip, options?: TOptions]

/** The input, or TanStack's `skipToken` where there is nothing to ask for yet. */
export type SkippableArgs<TTypes, TOptions> = InputArgs<TTypes, TOptions, SkipToken>
