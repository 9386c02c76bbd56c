/**
 * The types of a mutation's hook and helpers.
 */
import type { MutationKey, UseMutationOptions, UseMutationResult } from '@tanstack/react-query'
import type { CallErrorOf } from '@trunkline/client/observer'
import type { OutputOf, RouteNode } from './route-types.js'

/** What `mutate` takes: nothing where no input is declared, or where it may be left out. */
type VariablesOf<TTypes> = TTypes extends { readonly input: infer TInput }
  ? undefined extends TInput
    ? TInput | Nothing
    : TInput
  : Nothing
// biome-ignore lint/suspicious/noConfusingVoidType: an argument of type void may be left out, one of type undefined may not
type Nothing = void

/** TanStack's options, but what the path says by itself. */
export type MutationHookOptions<TTypes, TOnMutate> = Omit<
  UseMutationOptions<OutputOf<TTypes>, CallErrorOf<TTypes>, VariablesOf<TTypes>, TOnMutate>,
  'mutationKey' | 'mutationFn'
> & {
  /**
   * Of an idempotent mutation: the key that goes with an input, in each try of TanStack's too; two calls with one key are
   * one. Default: each try is a call of its own, with a key of its own.
   */
  readonly key?: ((variables: VariablesOf<TTypes>) => string | undefined) | undefined
}

/** What a mutation offers. */
export interface MutationHooks<TTypes> extends RouteNode<TTypes> {
  /** TanStack's `useMutation` of this mutation. */
  useMutation<TOnMutate = unknown>(
    options?: MutationHookOptions<TTypes, TOnMutate>,
  ): UseMutationResult<OutputOf<TTypes>, CallErrorOf<TTypes>, VariablesOf<TTypes>, TOnMutate>
  /** What TanStack's `useMutation` takes. */
  mutationOptions<TOnMutate = unknown>(
    options?: MutationHookOptions<TTypes, TOnMutate>,
  ): UseMutationOptions<OutputOf<TTypes>, CallErrorOf<TTypes>, VariablesOf<TTypes>, TOnMutate> & {
    readonly mutationKey: MutationKey
  }
  /** Finds the mutations of this path that run: `useIsMutating({ mutationKey })`. */
  mutationKey(): MutationKey
}
