/**
 * The close codes that end a connection, and what a client does after each.
 *
 * Not the error codes (they end a call: error/fate.ts) and without the sentences, which a client need not carry: they
 * stand in close-code-table.ts. Rule: a code that says nothing else is tried again.
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

/** Each code's name, and what a client does after it where that is not `retry`. */
const CODES: Readonly<Record<number, `${CloseReason}${'' | ` ${AfterClose}`}`>> = {
  1000: 'NORMAL stop',
  1001: 'GOING_AWAY',
  1002: 'PROTOCOL_ERROR',
  1006: 'ABNORMAL',
  1007: 'INVALID_TEXT stop',
  1009: 'MESSAGE_TOO_BIG fresh',
  4400: 'BAD_MESSAGE stop',
  4401: 'UNAUTHENTICATED stop',
  4403: 'REVOKED stop',
  4406: 'UNSUPPORTED_VERSION stop',
  4408: 'AUTH_TIMEOUT',
  4409: 'REPLACED fresh',
  4411: 'TOKEN_EXPIRED refresh',
  4413: 'HELD_TOO_MUCH fresh',
  4420: 'SLOW_CONSUMER',
  4429: 'RATE_LIMITED',
  4500: 'INTERNAL',
  4503: 'OVERLOADED',
  4504: 'DRAINING fresh',
}

/** The number of each close code. Not for the client, which looks codes up and does not download this. */
export const CLOSE_CODE: { readonly [TReason in CloseReason]: number } = /* @__PURE__ */ byReason()

function byReason(): { readonly [TReason in CloseReason]: number } {
  const codes = Object.keys(CODES).map((code) => [closeReason(Number(code)), Number(code)])
  // A test holds that the table has every name.
  return Object.fromEntries(codes) as { readonly [TReason in CloseReason]: number }
}

/** Looks up the name of a numeric close code; `undefined` for a code that Trunkline does not know. */
export function closeReason(code: number): CloseReason | undefined {
  // The entry begins with it.
  return CODES[code]?.split(' ')[0] as CloseReason | undefined
}

/** What a client does after `code`; an unknown code is taken as a broken socket, so `retry`. */
export function afterClose(code: number): AfterClose {
  return (CODES[code]?.split(' ')[1] ?? 'retry') as AfterClose
}
