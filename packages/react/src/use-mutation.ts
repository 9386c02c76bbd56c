import { type UseMutationResult, useQueryClient, useMutation as useTanstackMutation } from '@tanstack/react-query'
import { useMemo } from 'react'
import { KEY, mutationOptionsOf, type Source } from './query-options.js'

type Mutate = (input: unknown, options?: { readonly key?: string | undefined }) => Promise<unknown>

/** TanStack's `useMutation` of a path, and a key for each call of `mutate`. */
export function useMutation(source: Source, path: string, options?: object): UseMutationResult {
  const result = useTanstackMutation(mutationOptionsOf(source, path, options))
  const cache = useQueryClient().getMutationCache()
  const { mutateAsync } = result
  const mutates = useMemo(() => {
    const mutate: Mutate = (input, options = {}) => {
      // TanStack makes a mutation within this call and hands its `meta` to every try: nothing else is of one call alone.
      const stop = cache.subscribe(({ type, mutation }) => {
        if (type !== 'added') return
        stop()
        mutation.setOptions({ ...mutation.options, meta: { ...mutation.meta, [KEY]: options.key } })
      })
      // The types of the path say what it takes, which TypeScript cannot follow here.
      return mutateAsync(input as never, options as object)
    }
    return {
      mutateAsync: mutate,
      // What goes wrong is told in the result.
      mutate: (...args: Parameters<Mutate>) => void mutate(...args).catch(() => {}),
    }
  }, [cache, mutateAsync])
  // What takes more than TanStack's two are these two.
  return { ...result, ...mutates } as UseMutationResult
}
