/**
 * Encoded payloads on their way into frames.
 *
 * Rule: a payload with attachments makes its frame a binary message (P2.5), any other stays text.
 */
import { type Codec, type EncodedPayload, TrunklineError, UnreadBlobError } from '@trunkline/core'
import { encodeBinaryMessage, type RawPayload } from '@trunkline/core/protocol'

/**
 * Encodes a value; a promise only where it holds Blobs or Files, which take time to read.
 *
 * @throws PayloadError
 */
export function encodeValue(codec: Codec, value: unknown): EncodedPayload | Promise<EncodedPayload> {
  try {
    return codec.encode(value)
  } catch (error) {
    if (error instanceof UnreadBlobError) return error.read()
    throw error
  }
}

/** Writes a frame around a payload. */
export function writePayload(payload: EncodedPayload, write: (fragment: string) => string): string | Uint8Array {
  if (typeof payload === 'string') return write(payload)
  // Not `concatBytes`: what is about to be overwritten need not be zeroed first.
  return Buffer.concat(encodeBinaryMessage(write(payload.fragment), payload.bytes))
}

/** UTF-16 units of a payload's text plus bytes of its attachments. */
export function payloadLength(payload: EncodedPayload): number {
  if (typeof payload === 'string') return payload.length
  return payload.bytes.reduce((sum, part) => sum + part.length, payload.fragment.length)
}

/** A payload that may wait: attachments are views on the app's memory, and the app may write into it. */
export function ownPayload(payload: EncodedPayload): EncodedPayload {
  if (typeof payload === 'string') return payload
  return { fragment: payload.fragment, bytes: payload.bytes.map((part) => part.slice()) }
}

/** Decodes what a peer sent. @throws TrunklineError `INVALID_INPUT` for what cannot be decoded; `what` names it. */
export function decodePayload({ data, meta, bytes }: RawPayload, codec: Codec, what: string): unknown {
  try {
    return codec.decode(data, meta, bytes)
  } catch (error) {
    throw payloadError(error, what)
  }
}

/** What a caller is told when a payload cannot be decoded; any other error as it is. */
export function payloadError(error: unknown, what: string): unknown {
  if (!(error instanceof Error) || error.name !== 'PayloadError') return error
  return new TrunklineError('INVALID_INPUT', `${what}: ${error.message}`, { cause: error })
}
