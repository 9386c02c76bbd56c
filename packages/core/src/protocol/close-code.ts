/**
 * The close codes that end a connection, in one table.
 *
 * Not the error codes (they end a call: error/error-code.ts).
 * Rule: what a client may do after a close is data in this table; spec/PROTOCOL.md section 8 lists it.
 */

/**
 * What a client does after a close.
 * - `retry`: reconnect with backoff and resume the session.
 * - `fresh`: reconnect with backoff and start a new session.
 * - `refresh`: reconnect with backoff after asking `auth` for a new token.
 * - `stop`: fatal; no reconnect unless the app asks for it.
 */
export type AfterClose = 'retry' | 'fresh' | 'refresh' | 'stop'

/** The name of a close code in the table. */
export type CloseReason =
  | 'NORMAL'
  | 'GOING_AWAY'
  | 'PROTOCOL_ERROR'
  | 'ABNORMAL'
  | 'INVALID_TEXT'
  | 'MESSAGE_TOO_BIG'
  | 'BAD_MESSAGE'
  | 'UNAUTHENTICATED'
  | 'REVOKED'
  | 'UNSUPPORTED_VERSION'
  | 'AUTH_TIMEOUT'
  | 'REPLACED'
  | 'TOKEN_EXPIRED'
  | 'HELD_TOO_MUCH'
  | 'SLOW_CONSUMER'
  | 'RATE_LIMITED'
  | 'INTERNAL'
  | 'OVERLOADED'
  | 'DRAINING'

/** What the table says of a close code. */
export interface CloseCodeEntry {
  readonly code: number
  readonly after: AfterClose
  readonly meaning: string
}

/** Every close code that Trunkline sends or gives a meaning to. */
export const CLOSE_CODES: { readonly [TReason in CloseReason]: CloseCodeEntry } = {
  NORMAL: { code: 1000, after: 'stop', meaning: 'One side said goodbye.' },
  GOING_AWAY: { code: 1001, after: 'retry', meaning: 'The server stops or the page is left.' },
  PROTOCOL_ERROR: { code: 1002, after: 'retry', meaning: 'A WebSocket frame broke RFC 6455.' },
  ABNORMAL: { code: 1006, after: 'retry', meaning: 'The socket broke without a close frame; never sent.' },
  INVALID_TEXT: { code: 1007, after: 'stop', meaning: 'A text message was not UTF-8.' },
  MESSAGE_TOO_BIG: { code: 1009, after: 'fresh', meaning: 'A message is larger than the receiver takes.' },
  BAD_MESSAGE: { code: 4400, after: 'stop', meaning: 'A message is not JSON, or too many frames were bad.' },
  UNAUTHENTICATED: { code: 4401, after: 'stop', meaning: '`authenticate` refused the token or the request.' },
  REVOKED: { code: 4403, after: 'stop', meaning: 'The identity was revoked while connected.' },
  UNSUPPORTED_VERSION: { code: 4406, after: 'stop', meaning: 'No protocol version in common.' },
  AUTH_TIMEOUT: { code: 4408, after: 'retry', meaning: '`hello` or its authentication took too long.' },
  REPLACED: { code: 4409, after: 'fresh', meaning: 'Another connection resumed this session.' },
  TOKEN_EXPIRED: { code: 4411, after: 'refresh', meaning: 'The token expired and was not refreshed.' },
  HELD_TOO_MUCH: { code: 4413, after: 'fresh', meaning: 'Too much was sent before `welcome`.' },
  SLOW_CONSUMER: { code: 4420, after: 'retry', meaning: 'The peer did not read for too long.' },
  RATE_LIMITED: { code: 4429, after: 'retry', meaning: 'Too many connections or messages.' },
  INTERNAL: { code: 4500, after: 'retry', meaning: 'The server failed; its log tells more.' },
  OVERLOADED: { code: 4503, after: 'retry', meaning: 'The server takes no more connections now.' },
  DRAINING: { code: 4504, after: 'fresh', meaning: 'The server is being replaced; connect to another.' },
}

const reasonByCode = new Map<number, CloseReason>()
for (const reason of Object.keys(CLOSE_CODES)) {
  // Object.keys of a literal table gives exactly its own names.
  reasonByCode.set(CLOSE_CODES[reason as CloseReason].code, reason as CloseReason)
}

/** Looks up the name of a numeric close code; `undefined` for a code that Trunkline does not know. */
export function closeReason(code: number): CloseReason | undefined {
  return reasonByCode.get(code)
}

/** What a client does after `code`; an unknown code is taken as a broken socket, so `retry`. */
export function afterClose(code: number): AfterClose {
  const reason = reasonByCode.get(code)
  return reason === undefined ? 'retry' : CLOSE_CODES[reason].after
}
