/**
 * The name under which those who ask for the same input find each other.
 *
 * Not params-key.ts, which is for topics: their params are plain JSON, an input may be anything that a codec carries.
 */

/** The same text for inputs that say the same, whatever the order of their members. */
export function inputKey(input: unknown): string | undefined {
  // `undefined` for `undefined`, which its declared type does not say.
  return JSON.stringify(input, (_name, value: unknown) => {
    if (typeof value === 'bigint') return `${value}n`
    // JSON has no word for NaN and the infinities, and says `null` of them.
    if (typeof value === 'number' && !Number.isFinite(value)) return `${value}`
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
    if (value instanceof Map || value instanceof Set) return [value.constructor.name, ...value]
    if (value instanceof RegExp) return `${value}`
    if (value instanceof ArrayBuffer) return ['bytes', ...new Uint8Array(value)]
    if (value instanceof Blob) return ['file', numberOf(value)]
    return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
  })
}

const numbers = new WeakMap<object, number>()

/**
 * A file is told by which object it is: its bytes cannot be read at once. Not by a count, which begins anew with each page: a
 * cache that was kept over a reload would give what it has of another file.
 */
function numberOf(file: Blob): number {
  const number = numbers.get(file) ?? Math.random()
  numbers.set(file, number)
  return number
}
