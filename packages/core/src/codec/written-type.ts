/**
 * What superjson writes for the types that JSON lacks, and which of their values we let travel.
 *
 * Not a parser: superjson builds the values, after this said that it may.
 * Rule: nothing is built of a form that superjson does not write itself.
 */
import { isPlainObject } from './value-kind.js'

declare const URL: abstract new () => object

/** Most UTF-16 units of a regular expression's source: it is compiled before a schema sees it. */
export const MAX_REGEXP_LENGTH = 1_000

const BIGINT = /^-?\d+$/
const NUMBER = /^(NaN|-?Infinity|-0)$/
const REGEXP = new RegExp(`^/.{1,${MAX_REGEXP_LENGTH}}/[a-z]{0,10}$`, 's')

/** Whether superjson takes `object` as a whole. */
export function isBuiltIn(object: object): boolean {
  return object instanceof Date || object instanceof RegExp || object instanceof URL
}

/** Whether a built-in can travel: superjson would make `null` of an invalid Date. */
export function isEncodable(object: object): boolean {
  if (object instanceof Date) return !Number.isNaN(object.getTime())
  return !(object instanceof RegExp) || object.source.length <= MAX_REGEXP_LENGTH
}

/** Whether `value` has the form that superjson writes for the annotation `type`. */
export function isWritten(value: unknown, type: unknown): boolean {
  if (typeof value === 'string') {
    switch (type) {
      case 'Date':
        return !Number.isNaN(Date.parse(value))
      case 'bigint':
        return BIGINT.test(value)
      case 'number':
        return NUMBER.test(value)
      case 'regexp':
        return REGEXP.test(value)
      default:
        return type === 'URL'
    }
  }
  if (type === 'undefined') return value === null
  if (type === 'Error') return isWrittenError(value)
  if (!Array.isArray(value)) return false
  return type === 'set' || (type === 'map' && value.every((pair) => Array.isArray(pair) && pair.length === 2))
}

// An Error whose name, message or stack is an object makes whoever logs it throw.
function isWrittenError(value: unknown): boolean {
  if (!isPlainObject(value)) return false
  const { name, message, stack = '' } = value
  return [name, message, stack].every((member) => typeof member === 'string')
}
