/**
 * Copies a value that passed its scan into a tree of plain parts and of what superjson knows.
 *
 * Not a clone for apps: an instance of a class becomes a plain object, a hole becomes `undefined`, an object that is
 * referred to twice becomes two. Rule: superjson meets nothing that the scan did not; the original stays as it is.
 */
import { isBytes, type Path, packBytes } from './bytes.js'
import { instanceToData } from './instance.js'
import { isPlainObject } from './value-kind.js'

/** What is found in a value on the way. */
export interface Found {
  readonly bytes: Uint8Array[]
  /** Where they stood, as it travels. */
  readonly paths: Path[]
}

/** @param isLeaf - whether superjson takes an object as it is. */
export function toTree(value: unknown, isLeaf: (object: object) => boolean, found: Found, path: Path = []): unknown {
  if (typeof value !== 'object' || value === null) return value
  const inside = (part: unknown, ...keys: (string | number)[]): unknown =>
    toTree(part, isLeaf, found, [...path, ...keys.map(String)])
  // `Array.from` and not `map`, which would keep holes.
  if (Array.isArray(value)) return Array.from(value, (item, index) => inside(item, index))
  if (isPlainObject(value)) {
    return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, inside(member, key)]))
  }
  if (isBytes(value)) {
    found.paths.push(path)
    return packBytes(value, found.bytes)
  }
  if (isLeaf(value)) return value
  if (value instanceof Set) return new Set(Array.from(value, (item, index) => inside(item, index)))
  if (value instanceof Map) {
    return new Map(Array.from(value, ([key, member], index) => [inside(key, index, 0), inside(member, index, 1)]))
  }
  if (value instanceof Error) {
    // Inherits name, message and what else superjson reads of it.
    return 'cause' in value ? Object.create(value, { cause: { value: inside(value.cause, 'cause') } }) : value
  }
  return toTree(instanceToData(value), isLeaf, found, path)
}
