/**
 * Instances of classes as data, as `JSON.stringify` has them.
 *
 * Not for platform objects: those have their own way (Date, Map, bytes, …) or none.
 * Rule: what would become `{}` or a string in silence is refused.
 */
import { INSTANCE, refuse, scanParts } from './scan-payload.js'
import { tagOf } from './value-kind.js'

const NOT_DATA =
  /^(Date|Map|Set|WeakMap|WeakSet|RegExp|URL|Promise|String|Number|Boolean|Blob|File|.*Buffer|.*Array|DataView)$/

/** What stands for an instance: what its `toJSON` gives, else its own members without functions and symbols. */
export function instanceToData(instance: object): unknown {
  return 'toJSON' in instance && typeof instance.toJSON === 'function'
    ? instance.toJSON('')
    : Object.fromEntries(Object.entries(instance).filter(([, member]) => !/function|symbol/.test(typeof member)))
}

/** Scans a value that nobody knows better: an instance of a class of the app passes as its data, the rest is refused. */
export function scanInstance(value: unknown, depth: number, expected: string): number {
  // The depth grows, so that a `toJSON` which gives another instance like its own comes to an end.
  return typeof value !== 'object' || value === null || NOT_DATA.test(tagOf(value)) || value instanceof Error
    ? refuse(expected, value)
    : scanParts(INSTANCE, instanceToData(value), depth + 1)
}
