import { type UseMutationResult, useMutation as useTanstackMutation } from '@tanstack/react-query'
import { mutationOptionsOf, type Source } from './query-options.js'

/** TanStack's `useMutation` of a path. */
export function useMutation(source: Source, path: string, options?: object): UseMutationResult {
  return useTanstackMutation(mutationOptionsOf(source, path, options))
}
