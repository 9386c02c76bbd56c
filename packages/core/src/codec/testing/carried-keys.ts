/** For generated values: the keys that a codec refuses are generated too. */
export function hasNoReservedKey(value: unknown): boolean {
  if (value instanceof Map || value instanceof Set) return [...value].every(hasNoReservedKey)
  if (typeof value !== 'object' || value === null) return true
  return Object.entries(value).every(
    ([key, member]) => !/^(__proto__|constructor|prototype)$/.test(key) && hasNoReservedKey(member),
  )
}
