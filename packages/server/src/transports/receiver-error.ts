/**
 * What `ws` closed a socket for whose peer broke RFC 6455 or sent too much.
 *
 * `ws` sends a close code then and reads no more, so the peer's answer, by which it would tell its own code, never comes.
 */
import { CLOSE_CODES } from '@trunkline/core'

const TOO_BIG = new Set(['WS_ERR_UNSUPPORTED_MESSAGE_LENGTH', 'WS_ERR_UNSUPPORTED_DATA_PAYLOAD_LENGTH'])
/** RFC 6455, 7.4.1: policy violation. */
const TOO_MANY_PARTS = 1008

/** The close code that `ws` sent after this error; `undefined` for an error of the network, after which it sent none. */
export function closeCodeOf(error: Error & { readonly code?: unknown }): number | undefined {
  const { code } = error
  if (typeof code !== 'string' || !code.startsWith('WS_ERR_')) return undefined
  if (TOO_BIG.has(code)) return CLOSE_CODES.MESSAGE_TOO_BIG.code
  if (code === 'WS_ERR_INVALID_UTF8') return CLOSE_CODES.INVALID_TEXT.code
  if (code === 'WS_ERR_TOO_MANY_BUFFERED_PARTS') return TOO_MANY_PARTS
  return CLOSE_CODES.PROTOCOL_ERROR.code
}
