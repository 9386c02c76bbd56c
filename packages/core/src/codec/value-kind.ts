/**
 * What kind of value something is, as far as the codecs care.
 *
 * Rule: platform objects are told by their tag, which holds across realms (jsdom, vm contexts, iframes).
 */

/** The platform's name for what `value` is: `Date`, `Uint8Array` (for a Node Buffer too), `Object` for most classes. */
export function tagOf(value: unknown): string {
  return Object.prototype.toString.call(value).slice(8, -1)
}

/** Whether `value` is an object that a literal, `JSON.parse` or `Object.create(null)` made. */
export function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

/** Whether no object of a payload may have this key, P2.7. */
export function isReserved(key: unknown): boolean {
  return key === '__proto__' || key === 'constructor' || key === 'prototype'
}
