/**
 * What codecs share that carry more than JSON: bytes, and where a codec has them, types.
 *
 * Not a codec by itself: it is told what each value becomes. Rule: on the way in, depth and keys (P2.7) are checked before
 * anything is built, and whatever goes wrong is a PayloadError.
 */
import { binaryFraming } from './attachments.js'
import { placeBytes } from './bytes.js'
import { checkPayload } from './check-payload.js'
import type { Codec } from './codec.js'
import { demand } from './demand.js'
import { toPayloadError } from './payload-error.js'
import { type Build, restore } from './restore.js'
import { note } from './types.js'
import { isPlainObject } from './value-kind.js'
import { type Convert, MAX_DEPTH } from './walk.js'
import { writePayload } from './write-payload.js'

/** Makes a codec; `build` throws for a type that it does not know. */
export function createRichCodec(name: string, maxDepth: number = MAX_DEPTH, convert: Convert, build: Build): Codec {
  const convertFresh: Convert = (value, level, isMember) => {
    note(level, '')
    return convert(value, level, isMember)
  }
  return {
    name,
    binary: binaryFraming,
    encode: (value) => writePayload(value, maxDepth, convertFresh),
    decode(data, meta, bytes): unknown {
      checkPayload(data, maxDepth)
      if (meta === undefined) return data
      try {
        demand(isPlainObject(meta))
        const root = { '': data }
        const { values, v, bytes: paths = [] } = meta
        placeBytes(root, paths, bytes)
        if (values !== undefined) {
          demand(v === 1)
          restore(root, '', values, build)
        }
        return root['']
      } catch (error) {
        throw toPayloadError(error)
      }
    },
  }
}
