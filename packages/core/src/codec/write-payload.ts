/**
 * Puts the members of a payload together, P2.4.
 *
 * Not an encoder. Rule: the order is `data`, `meta`, `bytes`, and what is absent is not written.
 */
import type { EncodedPayload } from './codec.js'

/** `data` is JSON text, `meta` what `JSON.stringify` writes as it is. */
export function writePayload(data: string, meta: object | undefined, bytes: readonly Uint8Array[]): EncodedPayload {
  const metaMember = meta === undefined ? '' : `,"meta":${JSON.stringify(meta)}`
  const fragment = `,"data":${data}${metaMember}`
  return bytes.length === 0
    ? fragment
    : { fragment: `${fragment},"bytes":[${bytes.map((attachment) => attachment.length).join()}]`, bytes }
}
