/**
 * From a message to whoever handles its frames.
 *
 * Not a parser: the shape of a frame is trusted, it is the server's that this client was told to use (P2.12). Rule: the
 * elements are handled in order, and none after the one that ended the socket.
 */
import type { BinaryFraming } from '@trunkline/core'
import type { FrameHandlers } from './link.js'

type Frame = Record<string, unknown>

/** The kinds that are numbered (P4.1). */
const SESSION_KIND = /^(ok|error|item|end|call)$/

/**
 * @param handlers - all that take frames; asked with the first one.
 * @param onNumbered - a frame counts in the session's sequence; called before it is handled.
 * @param binary - how the codec's messages with attachments are framed.
 * @returns what handles a message until `isCurrent` says no; throws what a message that cannot be taken makes of it.
 */
export function createDispatch(
  handlers: () => readonly FrameHandlers[],
  onNumbered: () => void,
  binary: BinaryFraming | undefined,
): (message: string | Uint8Array, isCurrent: () => boolean) => void {
  let tables: readonly Frame[] | undefined

  const take = (frame: Frame, bytes: readonly Uint8Array[] = []): void => {
    // The kind comes first (P2.3).
    for (const kind in frame) {
      // In place of their sizes; what a text message says of attachments means nothing.
      frame['bytes'] = bytes
      tables ??= handlers() as readonly Frame[]
      // What every object inherits does no harm when it is called, or throws.
      const takers = tables.filter((table) => table[kind])
      // A kind that is not known here is numbered too (P2.10).
      if (SESSION_KIND.test(kind) || takers.length === 0) onNumbered()
      // What stands under a kind takes what its frame says.
      for (const table of takers) (table[kind] as (...taken: unknown[]) => void)(frame[kind], frame)
      return
    }
    throw new TypeError('A frame is an object.')
  }

  return (message, isCurrent) => {
    if (typeof message === 'string') {
      // A message is a frame or an array of frames (P2.1).
      for (const frame of [JSON.parse(message)].flat()) if (isCurrent()) take(frame)
      return
    }
    if (!binary) throw new TypeError('The codec carries no bytes.')
    const { header, attachments } = binary.read(message)
    const frame = JSON.parse(header)
    take(frame, attachments(frame.bytes ?? []))
  }
}
