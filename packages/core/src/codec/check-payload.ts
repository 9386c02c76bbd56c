/**
 * Checks JSON that was parsed: depth and reserved keys, P2.7.
 *
 * Not the walk over values that are sent (walk.ts): `JSON.parse` makes nothing but plain JSON, so this one looks at
 * nothing but keys and what is inside of what, in half of the time.
 */
import { isReserved } from './value-kind.js'
import { walkValue } from './walk.js'

/**
 * @param depth - levels of arrays and objects.
 * @throws PayloadError
 */
export function checkPayload(data: unknown, depth: number): void {
  // The other walk finds the same, and says where.
  if (!isSound(data, depth)) walkValue(data, depth, (value) => value)
}

function isSound(value: unknown, left: number): boolean {
  if (typeof value !== 'object' || value === null) return true
  if (left === 0) return false
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index++) {
      const item: unknown = value[index]
      if (typeof item === 'object' && !isSound(item, left - 1)) return false
    }
  } else {
    for (const key in value) {
      const member = (value as Record<string, unknown>)[key]
      if (isReserved(key) || (typeof member === 'object' && !isSound(member, left - 1))) return false
    }
  }
  return true
}
