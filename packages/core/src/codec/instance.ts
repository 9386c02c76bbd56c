/**
 * Instances of classes as data, as `JSON.stringify` has them.
 *
 * Not for platform objects: those have their own way (Date, Map, bytes, …) or none.
 * Rule: what would become `{}` or a string in silence is refused. The platform calls an instance of a class of the app
 * `Object`; one that has another name says by `toJSON` that it is data.
 */

import { tagOf } from './value-kind.js'
import { refuse, walk } from './walk.js'

/** What has a `toJSON` of the platform, and Errors, whose `toJSON` is for logs. */
const NOT_DATA = /^(Date|URL|Uint8Array|Error)$/

/**
 * Converts a value that nobody knows better: an instance of a class of the app becomes what its `toJSON` gives, else its
 * own members without functions and symbols; the rest is refused.
 */
export function convertInstance(value: unknown, level: number, expected: string): unknown {
  const kind = tagOf(value)
  if (typeof value === 'object' && !NOT_DATA.test(kind)) {
    // Not null, which is plain JSON.
    const instance = value as { toJSON?: unknown }
    const given: unknown = typeof instance.toJSON === 'function' ? instance.toJSON('') : instance
    // One that gives itself says that its members are the data.
    if (given !== instance) return walk(given, level)
    if (kind === 'Object') {
      const data = Object.entries(instance).filter(([, member]) => !/function|symbol/.test(typeof member))
      return walk(Object.fromEntries(data), level)
    }
  }
  return refuse(level, expected, kind)
}
