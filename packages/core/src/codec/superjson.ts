/**
 * The codec with superjson's types and its format, and bytes.
 *
 * Not the package superjson, which is loaded only where an app brings types of its own (superjson-instance.ts), and which
 * tests hold this against: it reads what is written here, and the other way round.
 * Rule: a payload is a tree. An object that is referred to twice arrives as two equal ones; restoring identity from the
 * wire would allow cycles, and graphs that take forever to walk.
 * @see docs/decisions/005-own-superjson-writer.md
 */
import type { Codec } from './codec.js'
import { convertInstance } from './instance.js'
import { createRichCodec } from './rich-codec.js'
import { buildRich, writeRich } from './rich-types.js'
import { convertBytes } from './write-payload.js'

/** Options of `superjsonCodec`. */
export interface SuperjsonCodecOptions {
  /** Levels of arrays and objects in a payload, as it travels: a Map is an array of pairs. Default 64, as peers accept. */
  readonly maxDepth?: number | undefined
}

/**
 * Makes the codec with superjson's semantics: Date, Map, Set, BigInt, RegExp, URL, Error (name, message and cause),
 * `undefined`, NaN, infinities and -0 arrive as they were, and so do bytes, Blobs and Files.
 *
 * Instances of other classes travel as what their `toJSON` gives, else as their own members. What would take long to build
 * is refused on either way: a BigInt of more than 10,000 digits, a URL with more than 1,000 characters before its path, a
 * RegExp of more than 1,000 characters, with the flag `v` or with `\p{…}`.
 */
export function superjsonCodec({ maxDepth }: SuperjsonCodecOptions = {}): Codec {
  return createRichCodec('superjson', maxDepth, convertKnown, buildRich)
}

/** What travels for a value that superjson knows, for bytes, and for instances of classes. */
export function convertKnown(value: unknown, level: number): unknown {
  const rich = writeRich(value, level)
  // `null` stands for undefined.
  return rich === undefined ? (convertBytes(value, level) ?? convertInstance(value, level, 'data')) : rich
}
