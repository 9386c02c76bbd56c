/**
 * The codec for payloads that are plain JSON.
 *
 * Not superjson and without a line of it: a Date, Map, Set, BigInt, NaN or `undefined` in an array is refused, never
 * changed in silence. Not for bytes either (json-bytes.ts): it is what a small client downloads.
 * Rule: what it takes comes out equal, except that members which are `undefined` are left out and -0 becomes 0, as JSON
 * does, and instances of classes become data.
 */
import type { Codec, EncodedPayload } from './codec.js'
import { convertInstance } from './instance.js'
import { PayloadError, toPayloadError } from './payload-error.js'
import { type Convert, MAX_DEPTH, walkValue } from './walk.js'

/** Options of `jsonCodec` and `jsonBytesCodec`. */
export interface JsonCodecOptions {
  /** Levels of arrays and objects in a payload; default 64, which is also what peers accept. */
  readonly maxDepth?: number | undefined
}

const EXPECTED = 'JSON (the superjson codec has more)'

/** Whether `JSON.stringify` may do with a value what it does, although that changes it. */
export function isJsonsOwn(value: unknown, isMember: boolean): boolean {
  // -0 comes out of sums and roundings, where nobody means it: failing a call for it would help no one.
  return value === 0 || (value === undefined && isMember)
}

/**
 * Makes the codec that knows plain JSON.
 *
 * `encode` refuses, with the path, what only another codec can carry. Instances of classes travel as what their
 * `toJSON` gives, else as their own members.
 */
export function jsonCodec({ maxDepth = MAX_DEPTH }: JsonCodecOptions = {}): Codec {
  const convert: Convert = (value, level, isMember) =>
    isJsonsOwn(value, isMember) ? value : convertInstance(value, level, EXPECTED)
  return {
    name: 'json',
    encode(value): EncodedPayload {
      try {
        return value === undefined ? '' : `,"data":${JSON.stringify(walkValue(value, maxDepth, convert))}`
      } catch (error) {
        throw toPayloadError(error)
      }
    },
    decode(data, meta): unknown {
      if (meta !== undefined)
        throw new PayloadError(
          '',
          `expected ${EXPECTED}, got a payload of another codec: client and server need the same one`,
        )
      // The only thing in parsed JSON that is not plain JSON is a number such as -0, which a peer may write.
      return walkValue(data, maxDepth, (value) => value)
    },
  }
}
