/**
 * The codec for payloads that are plain JSON; with an option, for bytes in them too.
 *
 * Not superjson and without a line of it: a Date, Map, Set, BigInt, NaN or `undefined` in an array is refused, never
 * changed in silence.
 * Rule: what it takes comes out equal, except that members which are `undefined` are left out and -0 becomes 0, as JSON
 * does, and instances of classes become data.
 */
import type { BinaryFraming, Codec, EncodedPayload } from './codec.js'
import { scanInstance } from './instance.js'
import { PayloadError, toPayloadError } from './payload-error.js'
import { BYTES, checkPayload, MAX_DEPTH, scanPayload } from './scan-payload.js'

/** How bytes travel with JSON; `jsonBytes` is the one there is. */
export interface JsonBytes {
  readonly binary: BinaryFraming
  /** The flags of a value that is not JSON; `0` for what are no bytes. */
  scan(value: unknown): number
  /** Encodes a value that holds bytes and passed its scan. */
  encode(value: unknown): EncodedPayload
  /** Puts attachments into `data`; throws when `meta` does not say where. */
  decode(data: unknown, meta: unknown, bytes: readonly Uint8Array[]): unknown
}

/** Options of `jsonCodec`. */
export interface JsonCodecOptions {
  /** Levels of arrays and objects in a payload; default 64, which is also what peers accept. */
  readonly maxDepth?: number | undefined
  /** `jsonBytes` to carry bytes, on both sides; costs 0.6 kB in the browser. Default: bytes are refused. */
  readonly bytes?: JsonBytes | undefined
}

/**
 * Makes the codec that knows plain JSON.
 *
 * `encode` refuses, with the path, what only another codec can carry. Instances of classes travel as what their
 * `toJSON` gives, else as their own members.
 */
export function jsonCodec({ maxDepth = MAX_DEPTH, bytes: carrier }: JsonCodecOptions = {}): Codec {
  const expected = `JSON${carrier ? ' or bytes' : ''} (the superjson codec has more)`
  const scanOther = (value: unknown, depth: number): number => {
    // -0 comes out of sums and roundings, where nobody means it: failing a call for it would help no one.
    if (value === 0) return 0
    return carrier?.scan(value) || scanInstance(value, depth, expected)
  }
  return {
    name: 'json',
    binary: carrier?.binary,
    encode(value): EncodedPayload {
      if (value === undefined) return ''
      try {
        const flags = scanPayload(value, maxDepth, scanOther)
        return carrier && (flags & BYTES) !== 0 ? carrier.encode(value) : `,"data":${JSON.stringify(value)}`
      } catch (error) {
        throw toPayloadError(error)
      }
    },
    decode(data, meta, bytes): unknown {
      checkPayload(data, maxDepth)
      if (meta === undefined) return data
      if (!carrier) throw new PayloadError('', `expected ${expected}, got a payload with meta`)
      try {
        return carrier.decode(data, meta, bytes)
      } catch (error) {
        throw toPayloadError(error)
      }
    },
  }
}
