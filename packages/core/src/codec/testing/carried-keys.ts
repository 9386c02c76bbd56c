import { isMisreadHere } from './misread-key.js'

/** For generated values: among the keys are some that a codec refuses, and on some platforms some that are misread. */
export function hasOnlyCarriedKeys(value: unknown): boolean {
  if (value instanceof Map || value instanceof Set) return [...value].every(hasOnlyCarriedKeys)
  if (typeof value !== 'object' || value === null) return true
  return Object.entries(value).every(
    ([key, member]) =>
      !/^(__proto__|constructor|prototype)$/.test(key) && !isMisreadHere(key) && hasOnlyCarriedKeys(member),
  )
}
