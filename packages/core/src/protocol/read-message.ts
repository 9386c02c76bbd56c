/**
 * Takes a WebSocket message apart into the elements that may be frames.
 *
 * Not a parser of frames. Rule: what breaks P2.1, P2.5 or P2.8 is one MessageError; the connection turns it into a
 * close code in one place.
 */
import type { BinaryFraming } from '../codec/codec.js'
import { MAX_FRAMES_PER_MESSAGE } from './limits.js'
import { isObject } from './read-field.js'

/** A message that cannot be taken apart; ends the connection with BAD_MESSAGE. */
export class MessageError extends Error {}

/**
 * Hands each element of `message` to `take`, in order, until `take` says false.
 *
 * @param binary - how attachments are framed: the codec's `binary`. Without it a binary message is a MessageError.
 * @throws MessageError when the message is not JSON, not framed as P2.5 says, empty or over 256 frames; then `take`
 *   was not called.
 */
export function readMessage(
  message: string | Uint8Array,
  take: (element: unknown, bytes?: readonly Uint8Array[]) => boolean,
  binary?: BinaryFraming,
): void {
  if (typeof message !== 'string') {
    if (binary === undefined) throw new MessageError('The codec carries no bytes.')
    readBinaryMessage(message, take, binary)
    return
  }
  const parsed = parseJson(message)
  if (!Array.isArray(parsed)) {
    take(parsed)
    return
  }
  if (parsed.length === 0 || parsed.length > MAX_FRAMES_PER_MESSAGE) {
    throw new MessageError(
      `A message holds 1 to ${MAX_FRAMES_PER_MESSAGE} frames, but this one holds ${parsed.length}.`,
    )
  }
  for (const element of parsed) if (!take(element)) return
}

function readBinaryMessage(
  message: Uint8Array,
  take: (element: unknown, bytes?: readonly Uint8Array[]) => boolean,
  binary: BinaryFraming,
): void {
  let frame: unknown
  let bytes: readonly Uint8Array[]
  try {
    const { header, attachments } = binary.read(message)
    frame = parseJson(header)
    const sizes = isObject(frame) ? frame['bytes'] : undefined
    bytes = attachments(Array.isArray(sizes) ? sizes : [])
  } catch (error) {
    if (error instanceof MessageError) throw error
    throw new MessageError(error instanceof Error ? error.message : 'The binary message is not framed.')
  }
  take(frame, bytes)
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new MessageError('The message is not JSON.')
  }
}
