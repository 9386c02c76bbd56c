/**
 * Reads the first message of a connection (P3.1).
 *
 * Rule: nobody is known yet, so it is small, and whatever it is but a `hello` is one sentence.
 */
import { type HelloFrame, MAX_HELLO_BYTES, MessageError, parseClientFrame, readMessage } from '@trunkline/core/protocol'

/** The frame, or a sentence that says why it is none. */
export function readHello(message: string | Uint8Array): HelloFrame | string {
  if (message.length > MAX_HELLO_BYTES) return `hello is longer than ${MAX_HELLO_BYTES} bytes.`
  const elements: unknown[] = []
  try {
    readMessage(message, (element) => elements.push(element) < 2)
  } catch (error) {
    if (error instanceof MessageError) return error.message
    throw error
  }
  if (elements.length > 1) return 'hello is a message of its own: send the next frames in the next message.'
  const frame = parseClientFrame(elements[0])
  if (frame.kind === 'hello') return frame
  return frame.kind === 'bad' ? frame.message : `The first frame must be hello, but is ${frame.kind}.`
}
