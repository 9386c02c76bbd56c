/**
 * Instances of classes as data, as `JSON.stringify` has them.
 *
 * Not for platform objects: those have their own way (Date, Map, bytes, …) or none.
 * Rule: what would become `{}` or a string in silence is refused.
 */

import { tagOf } from './value-kind.js'
import { refuseKind, walk } from './walk.js'

const NOT_DATA = /^(Date|Map|Set|Weak.*|RegExp|URL|Promise|String|Number|Boolean|Blob|File|.*Buffer|.*Array|DataView)$/

/**
 * Converts a value that nobody knows better: an instance of a class of the app becomes what its `toJSON` gives, else its
 * own members without functions and symbols; the rest is refused.
 */
export function convertInstance(value: unknown, level: number, expected: string): unknown {
  if (typeof value !== 'object' || value === null || NOT_DATA.test(tagOf(value)) || value instanceof Error) {
    return refuseKind(expected, value, level)
  }
  return walk(
    'toJSON' in value && typeof value.toJSON === 'function'
      ? value.toJSON('')
      : Object.fromEntries(Object.entries(value).filter(([, member]) => !/function|symbol/.test(typeof member))),
    level,
  )
}
