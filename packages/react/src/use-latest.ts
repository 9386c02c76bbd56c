import { useInsertionEffect, useRef } from 'react'

/**
 * The value of the newest render that was committed, for callbacks that live longer than a render.
 *
 * Set in the commit, before any effect: a render that is thrown away never shows through.
 */
export function useLatest<TValue>(value: TValue): { readonly current: TValue } {
  const latest = useRef(value)
  useInsertionEffect(() => {
    latest.current = value
  })
  return latest
}
