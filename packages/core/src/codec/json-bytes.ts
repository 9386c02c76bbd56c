/**
 * What the JSON codec needs to carry bytes; an option of it, so that who has none does not download it.
 *
 * Rule: bytes are written as superjson.ts writes them (bytes.ts), and found without copying the value.
 */
import { binaryFraming } from './attachments.js'
import { isBlob } from './blob.js'
import { isBytes, type Path, packBytes, placeBytes } from './bytes.js'
import type { EncodedPayload } from './codec.js'
import type { JsonBytes } from './json.js'
import { PayloadError } from './payload-error.js'
import { BLOBS, BYTES } from './scan-payload.js'
import { writePayload } from './write-payload.js'

/**
 * Lets the JSON codec carry Uint8Array, ArrayBuffer, Blob and File: `jsonCodec({ bytes: jsonBytes })`, on both sides.
 */
export const jsonBytes: JsonBytes = { binary: binaryFraming, scan, encode, decode }

function scan(value: unknown): number {
  return isBytes(value) ? BYTES : isBlob(value) ? BLOBS : 0
}

function encode(value: unknown): EncodedPayload {
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

function decode(data: unknown, meta: unknown, bytes: readonly Uint8Array[]): unknown {
  const root = { '': data }
  const { values, bytes: paths } = meta as { values?: unknown; bytes?: unknown }
  if (values !== undefined) throw new PayloadError('', 'expected JSON or bytes, got what the superjson codec writes')
  placeBytes(root, paths, bytes)
  return root['']
}
