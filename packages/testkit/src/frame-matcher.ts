/**
 * Compares what arrived with what a test expects of it.
 *
 * Not an assertion library: it says where the first difference is, and the raw peer makes the error.
 * Rule: an expectation is partial for objects (other keys may be there) and exact for everything else.
 */

/** Whether `actual` is what a test expects. */
export type Predicate = (actual: unknown) => boolean

/** Where and how something differs, such as `$.error.code: expected "NOT_FOUND", got "INTERNAL"`. */
export type Mismatch = string

/**
 * Finds the first difference between `expected` and `actual`; `undefined` when they match.
 *
 * In `expected` a function is a predicate, a RegExp is tested against a string, a key with the value `undefined` must
 * be absent, an array has exactly these elements and bytes are compared one by one.
 */
export function findMismatch(expected: unknown, actual: unknown, path = '$'): Mismatch | undefined {
  if (typeof expected === 'function') {
    // Any function in an expectation is a predicate by the rule above.
    return (expected as Predicate)(actual)
      ? undefined
      : `${path}: ${expected.name || 'the predicate'} refused ${show(actual)}`
  }
  if (expected instanceof RegExp) {
    return typeof actual === 'string' && expected.test(actual)
      ? undefined
      : `${path}: expected ${expected}, got ${show(actual)}`
  }
  if (expected instanceof Uint8Array) {
    return actual instanceof Uint8Array && Buffer.compare(expected, actual) === 0
      ? undefined
      : `${path}: expected ${show(expected)}, got ${show(actual)}`
  }
  if (Array.isArray(expected)) return findArrayMismatch(expected, actual, path)
  if (isRecord(expected)) return findObjectMismatch(expected, actual, path)
  return Object.is(expected, actual) ? undefined : `${path}: expected ${show(expected)}, got ${show(actual)}`
}

function findArrayMismatch(expected: readonly unknown[], actual: unknown, path: string): Mismatch | undefined {
  if (!Array.isArray(actual)) return `${path}: expected an array, got ${show(actual)}`
  if (actual.length !== expected.length) {
    return `${path}: expected ${expected.length} elements, got ${actual.length}: ${show(actual)}`
  }
  for (const [index, element] of expected.entries()) {
    const mismatch = findMismatch(element, actual[index], `${path}[${index}]`)
    if (mismatch !== undefined) return mismatch
  }
  return undefined
}

function findObjectMismatch(expected: Record<string, unknown>, actual: unknown, path: string): Mismatch | undefined {
  if (!isRecord(actual) || Array.isArray(actual)) return `${path}: expected an object, got ${show(actual)}`
  for (const key of Object.keys(expected)) {
    // Own keys only: `constructor` in an expectation must not be met by the prototype.
    const value = Object.hasOwn(actual, key) ? actual[key] : undefined
    const mismatch = findMismatch(expected[key], value, `${path}.${key}`)
    if (mismatch !== undefined) return mismatch
  }
  return undefined
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !(value instanceof Uint8Array)
}

const MAX_SHOWN_LENGTH = 500

/** Writes a value for an error message: JSON where it can be, with functions and bytes made visible, cut when long. */
export function show(value: unknown): string {
  if (value instanceof Uint8Array)
    return `<${value.byteLength} bytes ${Buffer.from(value.subarray(0, 32)).toString('hex')}>`
  const text =
    JSON.stringify(value, (_key, inner: unknown) => {
      if (typeof inner === 'function') return `<${inner.name || 'predicate'}>`
      if (inner instanceof RegExp) return String(inner)
      return inner
    }) ?? String(value)
  return text.length > MAX_SHOWN_LENGTH ? `${text.slice(0, MAX_SHOWN_LENGTH)}… (${text.length} characters)` : text
}
