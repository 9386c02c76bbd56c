/**
 * Looks through a value once: may it travel, and is it plain JSON.
 *
 * Not a serialiser: nothing is built or changed. `JSON.stringify` may take a value whose scan says `0` as it is.
 * Rule: what passes is at most `maxDepth` levels deep (so it has no cycle) and has no reserved key, P2.7. The happy path
 * allocates nothing; the path to a problem is put together while the recursion unwinds.
 */
import { PayloadError, UnreadBlobError } from './payload-error.js'
import { isPlainNumber, isPlainObject, tagOf } from './value-kind.js'

/** Levels of arrays and objects in a payload, P2.7. */
export const MAX_DEPTH = 64

/** Holds something that JSON cannot say. */
export const RICH = 1
/** Holds bytes. */
export const BYTES = 2
/** Holds a Blob or File that was not read yet. */
export const BLOBS = 4
/** Holds an instance of a class, which `JSON.stringify` writes as data by itself. */
export const INSTANCE = 8
/** An object has a member that is `undefined`; `JSON.stringify` leaves it out. */
export const ABSENT = 16
const REFUSED = 32

/** Decides on what is not JSON: gives flags, or what `refuse` or `scanParts` gave. `depth` is that of its container. */
export type ScanOther = (value: unknown, depth: number) => number

let maxDepth = MAX_DEPTH
let scanOther: ScanOther
let problem = ''
let trail: (string | number)[] = []

/**
 * Scans a value that is about to be encoded.
 *
 * @returns `0` for plain JSON, else the flags of what it holds.
 * @throws PayloadError for cycles, reserved keys, more than `depth` levels, and for what `other` refuses;
 *   UnreadBlobError when nothing else is wrong.
 */
export function scanPayload(value: unknown, depth: number, other: ScanOther): number {
  const outerDepth = maxDepth
  const outerOther = scanOther
  maxDepth = depth
  scanOther = other
  let flags: number
  try {
    flags = scan(value, 0)
  } finally {
    // A `toJSON` of the app may have encoded something of its own in the middle of another scan.
    maxDepth = outerDepth
    scanOther = outerOther
  }
  if (flags >= REFUSED) throw new PayloadError(trail.join('.'), problem)
  if ((flags & BLOBS) !== 0) throw new UnreadBlobError('', 'expected Blobs to be read first (resolveBlobs)')
  return flags
}

/**
 * Checks JSON that was parsed: depth and reserved keys.
 *
 * @param depth - levels of arrays and objects; default 64.
 * @throws PayloadError
 */
export function checkPayload(value: unknown, depth: number = MAX_DEPTH): void {
  // The only thing in parsed JSON that is not plain JSON is a number such as -0, which a peer may write.
  scanPayload(value, depth, () => 0)
}

/** Refuses the value at this place. For a `ScanOther`. */
export function refuse(expected: string, value: unknown): number {
  return refuseAs(`expected ${expected}, got ${tagOf(value)}`)
}

/** Scans `parts` in place of an object. For a `ScanOther`. */
export function scanParts(flags: number, parts: unknown, depth: number): number {
  return depth > maxDepth ? refuseDepth() : flags | scan(parts, depth)
}

function scan(value: unknown, depth: number): number {
  if (typeof value === 'object') {
    if (value === null) return 0
    if (Array.isArray(value)) return scanArray(value, depth + 1)
    if (isPlainObject(value)) return scanObject(value, depth + 1)
  } else if (typeof value === 'string' || typeof value === 'boolean') {
    return 0
  } else if (typeof value === 'number' && isPlainNumber(value)) {
    return 0
  }
  return scanOther(value, depth)
}

function scanArray(array: readonly unknown[], depth: number): number {
  if (depth > maxDepth) return refuseDepth()
  let flags = 0
  for (let index = 0; index < array.length; index++) {
    const item = array[index]
    // Strings and numbers are most of all items; a call for each would cost as much as all the rest.
    if (typeof item === 'string' || (typeof item === 'number' && isPlainNumber(item))) continue
    flags |= scan(item, depth)
    if (flags >= REFUSED) return unwind(flags, index)
  }
  return flags
}

function scanObject(object: Readonly<Record<string, unknown>>, depth: number): number {
  if (depth > maxDepth) return refuseDepth()
  let flags = 0
  for (const key in object) {
    const { length } = key
    if (length > 8 && length < 12 && (key === '__proto__' || key === 'constructor' || key === 'prototype')) {
      return unwind(refuseAs('expected no reserved key, got one'), key)
    }
    const member = object[key]
    if (typeof member === 'string' || (typeof member === 'number' && isPlainNumber(member))) continue
    flags |= member === undefined ? ABSENT : scan(member, depth)
    if (flags >= REFUSED) return unwind(flags, key)
  }
  return flags
}

function refuseDepth(): number {
  return refuseAs(`expected no cycle and at most ${maxDepth} levels, got more`)
}

function refuseAs(text: string): number {
  problem = text
  trail = []
  return REFUSED
}

function unwind(flags: number, key: string | number): number {
  trail.unshift(key)
  return flags
}
