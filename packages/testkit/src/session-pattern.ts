/**
 * The placeholders of scripted conversations (`spec/sessions/*.json`).
 *
 * Not the matcher itself: a pattern becomes a matcher for what is received, or a value for what is sent.
 * Rule: a string that starts with `$` is a placeholder, and one that starts with `$$` is that string without its first.
 *
 * | placeholder     | received                       | sent                                   |
 * |-----------------|--------------------------------|----------------------------------------|
 * | `$any`          | anything that is there         | null                                   |
 * | `$string`       | a string                       | "text"                                 |
 * | `$number`       | a number                       | 1                                      |
 * | `$boolean`      | true or false                  | true                                   |
 * | `$absent`       | the key is not there           | the key is left out                    |
 * | `$capture:name` | anything there, kept as `name` | the value given for `name`, else made up |
 * | `$name`         | equal to what was kept         | what was kept                          |
 */
import { findMismatch, type Predicate } from './frame-matcher.js'

/** What placeholders stand for, by name. */
export type Captures = Map<string, unknown>

const CAPTURE = '$capture:'

const KINDS: Readonly<Record<string, { readonly accepts: Predicate; readonly example: unknown }>> = {
  $any: { accepts: (value) => value !== undefined, example: null },
  $string: { accepts: (value) => typeof value === 'string', example: 'text' },
  $number: { accepts: (value) => typeof value === 'number', example: 1 },
  $boolean: { accepts: (value) => typeof value === 'boolean', example: true },
  $absent: { accepts: (value) => value === undefined, example: undefined },
}

/** Makes an expectation for `findMismatch`; a match fills `captures`. */
export function toMatcher(pattern: unknown, captures: Captures): unknown {
  return mapPattern(pattern, (placeholder) => {
    if (placeholder.startsWith(CAPTURE)) {
      const keep: Predicate = (value) => {
        captures.set(placeholder.slice(CAPTURE.length), value)
        return value !== undefined
      }
      return keep
    }
    const kind = KINDS[placeholder]
    if (kind !== undefined) return named(placeholder, kind.accepts)
    // Looked up when the frame is there: an earlier key of the same frame may have captured it.
    return named(placeholder, (value) => findMismatch(recall(placeholder, captures), value) === undefined)
  })
}

/** Makes the value to send. */
export function toValue(pattern: unknown, captures: Captures): unknown {
  return mapPattern(pattern, (placeholder) => {
    if (!placeholder.startsWith(CAPTURE)) {
      const kind = KINDS[placeholder]
      return kind === undefined ? recall(placeholder, captures) : kind.example
    }
    const name = placeholder.slice(CAPTURE.length)
    if (!captures.has(name)) captures.set(name, `made-up-${name}`)
    return captures.get(name)
  })
}

function recall(placeholder: string, captures: Captures): unknown {
  const name = placeholder.slice(1)
  if (captures.has(name)) return captures.get(name)
  throw new Error(
    `${placeholder} was never captured; captured so far: ${[...captures.keys()].join(', ') || 'nothing'}.`,
  )
}

function mapPattern(pattern: unknown, replace: (placeholder: string) => unknown): unknown {
  if (typeof pattern === 'string') {
    if (!pattern.startsWith('$')) return pattern
    return pattern.startsWith('$$') ? pattern.slice(1) : replace(pattern)
  }
  if (Array.isArray(pattern)) return pattern.map((element) => mapPattern(element, replace))
  if (typeof pattern !== 'object' || pattern === null) return pattern
  // fromEntries defines own keys, so a hostile `__proto__` in a script stays a key.
  return Object.fromEntries(Object.entries(pattern).map(([key, value]) => [key, mapPattern(value, replace)]))
}

/** Gives a predicate the name of its placeholder, which the error then shows. */
function named(name: string, predicate: Predicate): Predicate {
  const copy: Predicate = (value) => predicate(value)
  Object.defineProperty(copy, 'name', { value: name })
  return copy
}
