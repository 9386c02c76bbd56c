/**
 * The name under which the consumers of one topic and params find each other.
 *
 * Not the key of P7.2: the server makes that of parsed params, and judges it.
 */

/** The same text for params that say the same, whatever the order of their members. */
export function keyOf(path: string, params: unknown): string {
  return path + JSON.stringify(params, (_name, value) => (isObject(value) ? sorted(value) : value))
}

function sorted(object: object): object {
  return Object.fromEntries(Object.entries(object).sort())
}

export function isObject(value: unknown): value is object {
  return (value as object | null | undefined)?.constructor === Object
}
