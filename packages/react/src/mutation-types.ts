/**
 * The types of a mutation's hook and helpers.
 */
import type { MutateOptions, MutationKey, UseMutationOptions, UseMutationResult } from '@tanstack/react-query'
import type { MutationOptions } from '@trunkline/client'
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
>

/** TanStack's options of one call, and the client's key for it. */
export interface MutationCallOptions<TTypes, TOnMutate>
  extends MutateOptions<OutputOf<TTypes>, CallErrorOf<TTypes>, VariablesOf<TTypes>, TOnMutate>,
    Pick<MutationOptions, 'key'> {}

/** What TanStack gives, where a call may have a key. */
export type MutationResult<TTypes, TOnMutate> = UseMutationResult<
  OutputOf<TTypes>,
  CallErrorOf<TTypes>,
  VariablesOf<TTypes>,
  TOnMutate
> & {
  readonly mutate: (variables: VariablesOf<TTypes>, options?: MutationCallOptions<TTypes, TOnMutate>) => void
  readonly mutateAsync: (
    variables: VariablesOf<TTypes>,
    options?: MutationCallOptions<TTypes, TOnMutate>,
  ) => Promise<OutputOf<TTypes>>
}

/** What a mutation offers. */
export interface MutationHooks<TTypes> extends RouteNode<TTypes> {
  /** TanStack's `useMutation` of this mutation; `mutate` and `mutateAsync` also take a `key`, as the client's `mutate` does. */
  useMutation<TOnMutate = unknown>(options?: MutationHookOptions<TTypes, TOnMutate>): MutationResult<TTypes, TOnMutate>
  /** What TanStack's `useMutation` takes. */
  mutationOptions<TOnMutate = unknown>(
    options?: MutationHookOptions<TTypes, TOnMutate>,
  ): UseMutationOptions<OutputOf<TTypes>, CallErrorOf<TTypes>, VariablesOf<TTypes>, TOnMutate> & {
    readonly mutationKey: MutationKey
  }
  /** Finds the mutations of this path that run: `useIsMutating({ mutationKey })`. */
  mutationKey(): MutationKey
}
