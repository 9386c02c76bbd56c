/**
 * Walks through a value that is about to be sent: may it travel, and is it plain JSON.
 *
 * Not a serialiser: `JSON.stringify` writes what comes out. Not a clone: what is plain already is handed on as it is, and
 * only what holds something else is copied; so for plain JSON this is a scan that allocates next to nothing.
 * Rule: what passes is at most `depth` levels deep as it travels (so it has no cycle), has no reserved key (P2.7), and
 * stays as it was.
 */
import { PayloadError } from './payload-error.js'
import { isPlainObject, isReserved } from './value-kind.js'

/** Levels of arrays and objects in a payload, P2.7. */
export const MAX_DEPTH = 64

/**
 * Gives what travels in place of a value that JSON does not say, or refuses it. `level` is the number of keys that lead
 * to it; `isMember` whether it is a member of a plain object.
 */
export type Convert = (value: unknown, level: number, isMember: boolean) => unknown

/** Is told when something else travels in place of the value under `key` of the container at `level`. */
export interface Watcher {
  /** `isFirst` in its container. */
  changed(level: number, key: string | number, isFirst: boolean): void
  /** Everything in a container in which something changed had its turn. */
  finished(level: number): void
}

/** What the walk goes through: an array, or an object by its keys. */
type Container = Record<string | number, unknown>

let maxDepth: number
let convert: Convert
let watcher: Watcher | undefined
/** Keys from the root to where the walk is, one a level; those behind its level are old. */
let path: (string | number)[]

/**
 * Gives `value` where it is plain JSON, else what travels in its place.
 *
 * @throws PayloadError for cycles, reserved keys, more than `depth` levels, and for what `other` refuses.
 */
export function walkValue(value: unknown, depth: number, other: Convert, observer?: Watcher): unknown {
  // A `toJSON` of the app may encode something of its own in the middle of another walk.
  const outerDepth = maxDepth
  const outerConvert = convert
  const outerWatcher = watcher
  const outerPath = path
  maxDepth = depth
  convert = other
  watcher = observer
  path = []
  try {
    return walk(value, 0)
  } finally {
    maxDepth = outerDepth
    convert = outerConvert
    watcher = outerWatcher
    path = outerPath
  }
}

/** For a `Convert`: goes on with what stands for a value. */
export function walk(value: unknown, level: number, isMember = false): unknown {
  if (isPlain(value)) return value
  const isArray = Array.isArray(value)
  if (!isArray && !isPlainObject(value)) return convert(value, level, isMember)
  if (level >= maxDepth) refuse(level, `no cycle and at most ${maxDepth} levels`, 'more')
  const container = value as Container
  let copy = container
  if (isArray) {
    for (let index = 0; index < value.length; index++) {
      const item: unknown = value[index]
      if (isPlain(item)) continue
      path[level] = index
      const plain = walk(item, level + 1)
      if (plain !== item) copy = replace(container, copy, index, plain, level)
    }
  } else {
    for (const key in value) {
      const member = value[key]
      if (isPlain(member) && !isReserved(key)) continue
      path[level] = key
      if (isReserved(key)) refuse(level + 1, 'no reserved key', 'one')
      const plain = walk(member, level + 1, true)
      if (plain !== member) copy = replace(container, copy, key, plain, level)
    }
  }
  if (copy !== container) watcher?.finished(level)
  return copy
}

/** Most of all values are strings and numbers; a call for each would cost as much as all the rest. */
function isPlain(value: unknown): boolean {
  return (
    typeof value === 'string' ||
    value === null ||
    typeof value === 'boolean' ||
    (typeof value === 'number' && value - value === 0 && (value !== 0 || 1 / value > 0))
  )
}

function replace(
  container: Container,
  copy: Container,
  key: string | number,
  plain: unknown,
  level: number,
): Container {
  const isFirst = copy === container
  // An array is copied with its holes; each has its turn.
  if (isFirst) copy = Array.isArray(container) ? (container.slice() as unknown as Container) : { ...container }
  copy[key] = plain
  watcher?.changed(level, key, isFirst)
  return copy
}

/** For a `Convert`: refuses the value at `level`. */
export function refuse(level: number, expected: string, got: string): never {
  throw new PayloadError(pathTo(level).join('.'), `expected ${expected}, got ${got}`)
}

/** For a `Convert`: the keys that lead to a value at `level`. */
export function pathTo(level: number): string[] {
  return path.slice(0, level).map(String)
}
