/**
 * The close codes with what they mean, in one table.
 *
 * Rule: docs and metric labels derive from this table; spec/PROTOCOL.md section 8 lists it.
 */
import { type AfterClose, afterClose, CLOSE_CODE, type CloseReason } from './close-code.js'

/** What the table says of a close code. */
export interface CloseCodeEntry {
  readonly code: number
  readonly after: AfterClose
  readonly meaning: string
}

/** Every close code that Trunkline sends or gives a meaning to. */
export const CLOSE_CODES: { readonly [TReason in CloseReason]: CloseCodeEntry } = /* @__PURE__ */ ((): {
  readonly [TReason in CloseReason]: CloseCodeEntry
} => ({
  NORMAL: entry('NORMAL', 'One side said goodbye.'),
  GOING_AWAY: entry('GOING_AWAY', 'The server stops or the page is left.'),
  PROTOCOL_ERROR: entry('PROTOCOL_ERROR', 'A WebSocket frame broke RFC 6455.'),
  ABNORMAL: entry('ABNORMAL', 'The socket broke without a close frame; never sent.'),
  INVALID_TEXT: entry('INVALID_TEXT', 'A text message was not UTF-8.'),
  MESSAGE_TOO_BIG: entry('MESSAGE_TOO_BIG', 'A message is larger than the receiver takes.'),
  BAD_MESSAGE: entry('BAD_MESSAGE', 'A message is not JSON, or too many frames were bad.'),
  UNAUTHENTICATED: entry('UNAUTHENTICATED', '`authenticate` refused the token or the request.'),
  REVOKED: entry('REVOKED', 'Reserved: the identity was revoked while connected.'),
  UNSUPPORTED_VERSION: entry('UNSUPPORTED_VERSION', 'No protocol version in common.'),
  AUTH_TIMEOUT: entry('AUTH_TIMEOUT', '`hello` or its authentication took too long.'),
  REPLACED: entry('REPLACED', 'Another connection resumed this session.'),
  TOKEN_EXPIRED: entry('TOKEN_EXPIRED', 'The token expired and was not refreshed.'),
  HELD_TOO_MUCH: entry('HELD_TOO_MUCH', 'Too much was sent before `welcome`.'),
  SLOW_CONSUMER: entry('SLOW_CONSUMER', 'The peer did not read for too long.'),
  RATE_LIMITED: entry('RATE_LIMITED', 'Reserved: too many connections or messages.'),
  INTERNAL: entry('INTERNAL', 'The server failed; its log tells more.'),
  OVERLOADED: entry('OVERLOADED', 'Reserved: the server takes no more connections now.'),
  DRAINING: entry('DRAINING', 'Reserved: the server is being replaced; connect to another.'),
}))()

function entry(reason: CloseReason, meaning: string): CloseCodeEntry {
  const code = CLOSE_CODE[reason]
  return { code, after: afterClose(code), meaning }
}
