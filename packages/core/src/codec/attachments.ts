/**
 * Binary messages: one frame with its attachments.
 *
 * Not a codec: it knows neither values nor frames, only a header's text and bytes behind it.
 * Rule: a message is `header length (4 bytes, big endian) | header in UTF-8 | attachments back to back`, P2.5. Nothing is
 * copied when a message is read: attachments are views on it, and keep its memory for as long as they live.
 */
import type { BinaryFraming, BinaryMessage } from './codec.js'
import { PayloadError } from './payload-error.js'

interface Utf8Encoder {
  encode(text: string): Uint8Array
}
interface Utf8Decoder {
  decode(bytes: Uint8Array): string
}
declare const TextEncoder: new () => Utf8Encoder
declare const TextDecoder: new (label: string, options: { fatal: boolean; ignoreBOM: boolean }) => Utf8Decoder

const LENGTH_BYTES = 4

/**
 * Writes a binary message as chunks in their order, so that a transport that can send several need not copy.
 *
 * @param bytes - become chunks as they are, so they must not change until they were sent.
 * @see spec/PROTOCOL.md#2-messages
 */
export function encodeBinaryMessage(headerJson: string, bytes: readonly Uint8Array[]): Uint8Array[] {
  const header = new TextEncoder().encode(headerJson)
  const length = new Uint8Array(LENGTH_BYTES)
  new DataView(length.buffer).setUint32(0, header.byteLength)
  return [length, header, ...bytes]
}

/** Copies chunks into one message, for transports that send one buffer. */
export function concatBytes(chunks: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.byteLength, 0))
  let offset = 0
  for (const chunk of chunks) {
    whole.set(chunk, offset)
    offset += chunk.byteLength
  }
  return whole
}

/**
 * Takes a binary message apart.
 *
 * @throws PayloadError when it is shorter than its header says, or the header is not UTF-8.
 * @see spec/PROTOCOL.md#2-messages
 */
export function decodeBinaryMessage(message: Uint8Array): BinaryMessage {
  const { buffer, byteOffset, byteLength } = message
  // Not `message` itself: an attachment of a Node Buffer would be a Buffer.
  const bytes = new Uint8Array(buffer, byteOffset, byteLength)
  const end = byteLength < LENGTH_BYTES ? Infinity : LENGTH_BYTES + new DataView(buffer, byteOffset).getUint32(0)
  if (end > byteLength) refuse()
  return {
    header: decodeUtf8(bytes.subarray(LENGTH_BYTES, end)),
    attachments: (sizes) => cut(bytes.subarray(end), sizes),
  }
}

function decodeUtf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch (cause) {
    return refuse(cause)
  }
}

function cut(rest: Uint8Array, sizes: readonly unknown[]): Uint8Array[] {
  let end = 0
  const parts = sizes.map((size) => {
    const start = end
    // What is no size makes a part that has not this length.
    end += size as number
    return rest.subarray(start, end)
  })
  if (end !== rest.length || parts.some(({ length }, index) => length !== sizes[index])) refuse()
  return parts
}

function refuse(cause?: unknown): never {
  throw new PayloadError('', 'expected a header in UTF-8 and attachments of the sizes that it says', cause)
}

/** The framing of P2.5, for codecs that carry bytes. */
export const binaryFraming: BinaryFraming = {
  write: (headerJson, bytes) => concatBytes(encodeBinaryMessage(headerJson, bytes)),
  read: decodeBinaryMessage,
}
