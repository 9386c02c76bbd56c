/**
 * What kind of value something is, as far as the codecs care.
 *
 * Not superjson's own tests: those decide how a value is written, these whether and on which way it may travel.
 * Rule: platform objects are told by their tag, which holds across realms (jsdom, vm contexts, iframes).
 */

/** The platform's name for what `value` is: `Date`, `Uint8Array` (for a Node Buffer too), `Object` for most classes. */
export function tagOf(value: unknown): string {
  return Object.prototype.toString.call(value).slice(8, -1)
}

/** Whether `JSON.stringify` says this number: finite and not -0. */
export function isPlainNumber(value: number): boolean {
  return value - value === 0 && (value !== 0 || 1 / value > 0)
}

/** Whether `value` is an object that a literal, `JSON.parse` or `Object.create(null)` made. */
export function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}
