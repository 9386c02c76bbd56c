/**
 * Writes down which types stand where, beside the data: superjson's annotations, which restore.ts reads.
 *
 * Rule: JSON text from the start, put together while the walk comes back up, so that no tree is built only to be written.
 */
import { type Convert, type Watcher, walk, walkValue } from './walk.js'

/** A value as it travels. */
export interface Plain {
  readonly data: unknown
  /**
   * JSON of the types by place: `[type]`, `[type,inside]` or, where only what is inside has types, `inside`: an object of
   * such by path. `''` where there is none.
   */
  readonly types: string
}

/** What `notes` are as long as everything is plain, which is most of the time. */
const NONE: string[] = []

/** By level: the types of the value there that changed last; of a container that is not finished, without braces. */
let notes = NONE

/** @throws PayloadError, as `walkValue`. */
export function toPlain(value: unknown, depth: number, convert: Convert): Plain {
  // As in walkValue: a `toJSON` may bring us here again.
  const outer = notes
  notes = NONE
  try {
    return { data: walkValue(value, depth, convert, watcher), types: notes[0] ?? '' }
  } finally {
    notes = outer
  }
}

/** For a `Convert`: says that a value at `level` is one of `type`; `parts` travel in its place, with types of their own. */
export function typed(type: string, parts: unknown, level: number): unknown {
  const data = walk(parts, level)
  note(level, `["${type}"${notes[level] && `,${notes[level]}`}]`)
  return data
}

/** For a `Convert`: sets the JSON of the types of a value at `level`, `''` for none; what was there is of another value. */
export function note(level: number, types: string): void {
  if (notes === NONE) notes = []
  notes[level] = types
}

const watcher: Watcher = {
  changed(level, key, isFirst) {
    if (isFirst) notes[level] = ''
    const types = notes[level + 1]
    if (!types) return
    // Keys are parts of paths, which dots part.
    const name = /^\w*$/.test(key as string) ? `"${key}"` : JSON.stringify((key as string).replace(/[\\.]/g, '\\$&'))
    notes[level] += `${notes[level] && ','}${name}:${types}`
  },
  finished(level) {
    notes[level] &&= `{${notes[level]}}`
  },
}
