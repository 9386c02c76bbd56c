/**
 * The close codes that end a connection, and what a client does after each.
 *
 * Not the error codes (they end a call: error/fate.ts) and without the sentences, which a client need not carry: they
 * stand in close-code-table.ts. Rule: a reason that stands in no list below is tried again.
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

/** The number of each close code. */
export const CLOSE_CODE: { readonly [TReason in CloseReason]: number } = {
  NORMAL: 1000,
  GOING_AWAY: 1001,
  PROTOCOL_ERROR: 1002,
  ABNORMAL: 1006,
  INVALID_TEXT: 1007,
  MESSAGE_TOO_BIG: 1009,
  BAD_MESSAGE: 4400,
  UNAUTHENTICATED: 4401,
  REVOKED: 4403,
  UNSUPPORTED_VERSION: 4406,
  AUTH_TIMEOUT: 4408,
  REPLACED: 4409,
  TOKEN_EXPIRED: 4411,
  HELD_TOO_MUCH: 4413,
  SLOW_CONSUMER: 4420,
  RATE_LIMITED: 4429,
  INTERNAL: 4500,
  OVERLOADED: 4503,
  DRAINING: 4504,
}

const STOP: readonly string[] = [
  'NORMAL',
  'INVALID_TEXT',
  'BAD_MESSAGE',
  'UNAUTHENTICATED',
  'REVOKED',
  'UNSUPPORTED_VERSION',
] satisfies CloseReason[]
const FRESH: readonly string[] = ['MESSAGE_TOO_BIG', 'REPLACED', 'HELD_TOO_MUCH', 'DRAINING'] satisfies CloseReason[]

/** Looks up the name of a numeric close code; `undefined` for a code that Trunkline does not know. */
export function closeReason(code: number): CloseReason | undefined {
  // Object.keys of this table gives exactly its own names.
  return (Object.keys(CLOSE_CODE) as CloseReason[]).find((reason) => CLOSE_CODE[reason] === code)
}

/** What a client does after `code`; an unknown code is taken as a broken socket, so `retry`. */
export function afterClose(code: number): AfterClose {
  const reason = closeReason(code) ?? 'ABNORMAL'
  if (STOP.includes(reason)) return 'stop'
  if (FRESH.includes(reason)) return 'fresh'
  return reason === 'TOKEN_EXPIRED' ? 'refresh' : 'retry'
}
