/**
 * The codec for payloads that are plain JSON, with bytes.
 *
 * Not superjson and without a line of it: a Date, Map, Set, BigInt, NaN or `undefined` in an array is refused, never
 * changed in silence. Bytes are written as superjson.ts writes them.
 * Rule: what it takes comes out equal, except that members which are `undefined` are left out, as JSON does, and
 * instances of classes become data.
 */
import { isBlob } from './blob.js'
import { isBytes, type Path, packBytes, placeBytes } from './bytes.js'
import type { Codec, EncodedPayload } from './codec.js'
import { scanInstance } from './instance.js'
import { PayloadError, toPayloadError } from './payload-error.js'
import { BLOBS, BYTES, checkPayload, MAX_DEPTH, scanPayload } from './scan-payload.js'
import { writePayload } from './write-payload.js'

/** Options of `jsonCodec`. */
export interface JsonCodecOptions {
  /** Levels of arrays and objects in a payload; default 64, which is also what peers accept. */
  readonly maxDepth?: number | undefined
}

/**
 * Makes the codec that knows plain JSON and bytes.
 *
 * `encode` refuses, with the path, what only the superjson codec can carry. Instances of classes travel as what their
 * `toJSON` gives, else as their own members.
 */
export function jsonCodec({ maxDepth = MAX_DEPTH }: JsonCodecOptions = {}): Codec {
  return {
    name: 'json',
    encode(value): EncodedPayload {
      if (value === undefined) return ''
      try {
        return (scanPayload(value, maxDepth, scanOther) & BYTES) === 0
          ? `,"data":${JSON.stringify(value)}`
          : encodeBytes(value)
      } catch (error) {
        throw toPayloadError(error)
      }
    },
    decode(data, meta, bytes): unknown {
      checkPayload(data, maxDepth)
      if (meta === undefined) return data
      const root = { '': data }
      try {
        const { values, bytes: paths } = meta as { values?: unknown; bytes?: unknown }
        if (values !== undefined)
          throw new PayloadError('', 'expected JSON or bytes, got what the superjson codec writes')
        placeBytes(root, paths, bytes)
      } catch (error) {
        throw toPayloadError(error)
      }
      return root['']
    },
  }
}

function scanOther(value: unknown, depth: number): number {
  if (isBytes(value)) return BYTES
  return isBlob(value) ? BLOBS : scanInstance(value, depth, 'JSON or bytes (the superjson codec has more)')
}

function encodeBytes(value: unknown): EncodedPayload {
  const bytes: Uint8Array[] = []
  const found: Path[] = []
  const paths = new Map<unknown, Path>()
  const data = JSON.stringify(value, function (this: Record<string, unknown>, key, member: unknown) {
    const above = paths.get(this)
    // The root's own key is '' and no step.
    const path = above === undefined ? [] : [...above, key]
    // Read from the holder: a Node Buffer has a `toJSON`, which was called before this function.
    const original = this[key]
    if (isBytes(original)) {
      found.push(path)
      return packBytes(original, bytes)
    }
    paths.set(member, path)
    return member
  })
  return writePayload(data, { bytes: found }, bytes)
}
