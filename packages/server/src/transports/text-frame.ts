/**
 * One unfragmented WebSocket text frame as a server sends it: unmasked, in a single buffer.
 *
 * Not a WebSocket implementation: `ws` does the handshake, reading, control frames and closing.
 * Rule: header and payload share one buffer, since a second write (or a writev) is the largest cost of a small message.
 * @see https://www.rfc-editor.org/rfc/rfc6455#section-5.2
 */

/** FIN and opcode 1: a whole text message. */
const FINAL_TEXT = 0x81

/** Frames `text` in UTF-8. A lone surrogate becomes U+FFFD, as in `TextEncoder`. */
export function textFrame(text: string): Buffer {
  const length = Buffer.byteLength(text)
  // Text that is all ASCII can be copied; measuring it told.
  const encoding = length === text.length ? 'latin1' : 'utf8'
  if (length < 126) {
    const frame = Buffer.allocUnsafe(length + 2)
    frame[0] = FINAL_TEXT
    frame[1] = length
    frame.write(text, 2, encoding)
    return frame
  }
  if (length < 65_536) {
    const frame = Buffer.allocUnsafe(length + 4)
    frame[0] = FINAL_TEXT
    frame[1] = 126
    frame[2] = length >> 8
    frame[3] = length
    frame.write(text, 4, encoding)
    return frame
  }
  const frame = Buffer.allocUnsafe(length + 10)
  frame[0] = FINAL_TEXT
  frame[1] = 127
  frame.writeBigUInt64BE(BigInt(length), 2)
  frame.write(text, 10, encoding)
  return frame
}
