/**
 * Checks superjson's annotations against the data that they speak of, before superjson builds anything.
 *
 * Not superjson's own walk, which trusts them. A tree is `[type]`, `[type,children]` or `children`; children are trees by
 * path (`a.0.b`, dots and backslashes in keys escaped).
 * Rule: a path names own members of arrays and plain objects that are there, and a place has one type, after everything
 * inside it has its own. So the recursion is no deeper than the data, and nothing outside the data is reached.
 */
import { PayloadError } from './payload-error.js'
import { isPlainObject } from './value-kind.js'

type Holder = Record<string, unknown>

/**
 * Checks that every type in `tree` stands at a place of `root`, the object around `data`, whose value `fits` it.
 *
 * @throws PayloadError
 */
export function checkAnnotations(root: Holder, tree: unknown, fits: (value: unknown, type: unknown) => boolean): void {
  const typed = new Map<Holder, Set<string>>()
  walk(root, '', tree)

  function walk(holder: Holder, key: string, subtree: unknown): void {
    const [type, children] = Array.isArray(subtree) ? subtree : [undefined, subtree]
    if (children !== undefined) {
      demand(isPlainObject(children))
      for (const path of Object.keys(children)) {
        let parent = holder
        let last = key
        for (const segment of splitPath(path)) {
          const value = parent[last]
          demand(!isTyped(parent, last) && (Array.isArray(value) ? segment !== 'length' : isPlainObject(value)))
          demand(Object.hasOwn(value as Holder, segment))
          parent = value as Holder
          last = segment
        }
        walk(parent, last, children[path])
      }
    }
    if (type === undefined) return
    demand(!isTyped(holder, key) && fits(holder[key], type))
    typed.set(holder, (typed.get(holder) ?? new Set()).add(key))
  }

  function isTyped(holder: Holder, key: string): boolean {
    return typed.get(holder)?.has(key) === true
  }
}

/** Dots part, a backslash takes the next character as it is. */
function splitPath(path: string): string[] {
  const segments: string[] = []
  let segment = ''
  for (let index = 0; index < path.length; index++) {
    const character = path.charAt(index)
    if (character === '.') {
      segments.push(segment)
      segment = ''
    } else {
      segment += character === '\\' ? path.charAt(++index) : character
    }
  }
  return [...segments, segment]
}

function demand(holds: boolean): asserts holds {
  if (!holds) throw new PayloadError('', 'expected annotations of places that are there, each with a value of its type')
}
