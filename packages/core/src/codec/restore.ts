/**
 * Puts the types that stand beside the data back into it.
 *
 * A tree of types is `[type]`, `[type,inside]` or `inside`; `inside` has trees by path (`a.0.b`, dots and backslashes in
 * keys escaped), and superjson writes some paths of one key, some of several.
 * Rule: a path names own members of arrays and plain objects that are there, so the recursion is no deeper than the data,
 * and nothing outside the data is reached. What was built is neither, so no place has two types and no path leads
 * through one.
 */
import { demand } from './demand.js'
import { isPlainObject } from './value-kind.js'

type Holder = Record<string, unknown>

/** Builds a value of its type and of what was written for it, or throws. */
export type Build = (value: unknown, type: unknown) => unknown

/**
 * Restores what `tree` says of the member `key` of `holder`, what is inside first.
 *
 * @throws PayloadError for a place that is not there; whatever `build` throws.
 */
export function restore(holder: Holder, key: string, tree: unknown, build: Build): void {
  const [type, inside] = Array.isArray(tree) ? (tree as unknown[]) : [undefined, tree]
  if (inside !== undefined) {
    demand(isPlainObject(inside))
    for (const path of Object.keys(inside)) {
      let parent = holder
      let last = key
      for (const segment of /[.\\]/.test(path) ? splitPath(path) : [path]) {
        const value = parent[last]
        demand(Array.isArray(value) ? segment !== 'length' : isPlainObject(value))
        parent = value as Holder
        last = segment
        demand(Object.hasOwn(parent, last))
      }
      restore(parent, last, inside[path], build)
    }
  }
  if (type !== undefined) holder[key] = build(holder[key], type)
}

/** Dots part, a backslash takes the next character as it is. */
function splitPath(path: string): string[] {
  const segments = ['']
  for (const [piece, character] of path.matchAll(/\\?(.)/gs)) {
    if (piece === '.') segments.push('')
    else segments[segments.length - 1] += character as string
  }
  return segments
}
