/**
 * Encodes values that may hold bytes or other types: makes them plain and puts the members of a payload together, P2.4.
 *
 * Not for the JSON codec without bytes, which has nothing but `data`. Rule: the order is `data`, `meta`, `bytes`, and what
 * is absent is not written.
 */
import { type Found, isBytes, packBytes } from './bytes.js'
import type { EncodedPayload } from './codec.js'
import { toPayloadError, UnreadBlobError } from './payload-error.js'
import { toPlain } from './types.js'
import { tagOf } from './value-kind.js'
import { type Convert, pathTo } from './walk.js'

/** Undefined as long as there is none. */
let found: Found | undefined

/**
 * @param convert - what it asks `convertBytes` about becomes attachments.
 * @throws PayloadError; UnreadBlobError when nothing is wrong but that Blobs were not read yet.
 */
export function writePayload(value: unknown, depth: number, convert: Convert, blobs?: Found['blobs']): EncodedPayload {
  if (value === undefined) return ''
  // A `toJSON` of the app may encode something of its own in the middle of this.
  const outer = found
  found = blobs && { bytes: [], paths: [], blobs }
  try {
    const { data, types } = toPlain(value, depth, convert)
    const values = types && `"values":${types},"v":1`
    if (!found) return `,"data":${JSON.stringify(data)}${values && `,"meta":{${values}}`}`
    const own = found
    for (const read of own.blobs.values()) {
      if (!read) throw new UnreadBlobError(async () => writePayload(value, depth, convert, await readBlobs(own)))
    }
    const places = `${values && `${values},`}"bytes":${JSON.stringify(own.paths)}`
    const sizes = own.bytes.map((view) => view.length).join()
    return { fragment: `,"data":${JSON.stringify(data)},"meta":{${places}},"bytes":[${sizes}]`, bytes: own.bytes }
  } catch (error) {
    throw toPayloadError(error)
  } finally {
    found = outer
  }
}

/** For a `Convert`: what stands in `data` for bytes or a Blob; undefined for what is neither. */
export function convertBytes(value: unknown, level: number): unknown[] | undefined {
  const kind = tagOf(value)
  if (!isBytes(kind)) return undefined
  found ??= { bytes: [], paths: [], blobs: new Map() }
  return packBytes(value, kind, pathTo(level), found)
}

async function readBlobs({ blobs }: Found): Promise<Found['blobs']> {
  for (const blob of blobs.keys()) blobs.set(blob, new Uint8Array(await blob.arrayBuffer()))
  return blobs
}
