/**
 * The codec for JSON with bytes in it.
 *
 * Rule: bytes are written as the superjson codec writes them.
 */
import type { Codec } from './codec.js'
import { convertInstance } from './instance.js'
import { isJsonsOwn, type JsonCodecOptions } from './json.js'
import { PayloadError } from './payload-error.js'
import { createRichCodec } from './rich-codec.js'
import type { Convert } from './walk.js'
import { convertBytes } from './write-payload.js'

const EXPECTED = 'JSON or bytes (the superjson codec has more)'

/**
 * Makes the JSON codec that also carries Uint8Array, ArrayBuffer, Blob and File; both sides must use it.
 *
 * Everything else is as with `jsonCodec`. Costs 1.7 kB more in the browser.
 */
export function jsonBytesCodec({ maxDepth }: JsonCodecOptions = {}): Codec {
  return createRichCodec('json', maxDepth, convert, () => {
    throw new PayloadError('', `expected ${EXPECTED}, got more`)
  })
}

const convert: Convert = (value, level, isMember) =>
  isJsonsOwn(value, isMember) ? value : (convertBytes(value, level) ?? convertInstance(value, level, EXPECTED))
