/**
 * Encodes values that may hold bytes or other types: makes them plain and puts the members of a payload together, P2.4.
 *
 * Not for the JSON codec without bytes, which has nothing but `data`. Rule: the order is `data`, `meta`, `bytes`, and what
 * is absent is not written.
 */
import { type Found, packBytes } from './bytes.js'
import type { EncodedPayload } from './codec.js'
import { toPayloadError, UnreadBlobError } from './payload-error.js'
import { toPlain } from './types.js'
import type { Convert } from './walk.js'

let found: Found

/**
 * @param convert - what it asks `convertBytes` about becomes attachments.
 * @throws PayloadError; UnreadBlobError when nothing is wrong but that Blobs were not read yet.
 */
export function writePayload(value: unknown, depth: number, convert: Convert, blobs?: Found['blobs']): EncodedPayload {
  if (value === undefined) return ''
  // A `toJSON` of the app may encode something of its own in the middle of this.
  const outer = found
  const own: Found = { bytes: [], paths: [], blobs }
  found = own
  try {
    const { data, types } = toPlain(value, depth, convert)
    const { bytes, paths } = own
    for (const read of own.blobs?.values() ?? []) {
      if (!read) throw new UnreadBlobError(async () => writePayload(value, depth, convert, await readBlobs(own)))
    }
    const values = types && `"values":${types},"v":1`
    const places = bytes.length > 0 ? `${values && ','}"bytes":${JSON.stringify(paths)}` : ''
    const meta = values || places ? `,"meta":{${values}${places}}` : ''
    const fragment = `,"data":${JSON.stringify(data)}${meta}`
    return places ? { fragment: `${fragment},"bytes":[${bytes.map((view) => view.length).join()}]`, bytes } : fragment
  } catch (error) {
    throw toPayloadError(error)
  } finally {
    found = outer
  }
}

/** For a `Convert`: what stands in `data` for bytes or a Blob; undefined for what is neither. */
export function convertBytes(value: unknown, level: number): unknown[] | undefined {
  return packBytes(value, level, found)
}

async function readBlobs({ blobs }: Found): Promise<Found['blobs']> {
  for (const blob of blobs?.keys() ?? []) blobs?.set(blob, new Uint8Array(await blob.arrayBuffer()))
  return blobs
}
