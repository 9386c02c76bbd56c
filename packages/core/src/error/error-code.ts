/**
 * The error codes that end a call, in one table.
 *
 * Not the close codes (they end a connection: protocol/close-code.ts) and not the codes that an app declares.
 * Rule: docs, metric labels and the client's behaviour derive from this table; spec/PROTOCOL.md section 9 lists it.
 */

/**
 * What is known of a failed call's execution.
 * - `rejected`: the server refused it before any handler ran.
 * - `not-sent`: it never left this client.
 * - `maybe-executed`: it was sent and no answer can come any more.
 * - `executed`: the handler ran to its end; either it failed by itself or its result was lost.
 */
export type Fate = 'rejected' | 'not-sent' | 'maybe-executed' | 'executed'

/** A code of the built-in table. An app's own codes are declared with `.errors({ … })`. */
export type ErrorCode =
  | 'BAD_FRAME'
  | 'UNSUPPORTED'
  | 'NOT_FOUND'
  | 'INVALID_INPUT'
  | 'UNAUTHENTICATED'
  | 'FORBIDDEN'
  | 'LIMIT_EXCEEDED'
  | 'RATE_LIMITED'
  | 'PAYLOAD_TOO_LARGE'
  | 'KEY_REUSED'
  | 'BROKER_UNAVAILABLE'
  | 'TIMEOUT'
  | 'CANCELLED'
  | 'CONNECTION_LOST'
  | 'CONNECTION_CLOSED'
  | 'QUEUE_FULL'
  | 'RESULT_LOST'
  | 'INTERNAL'

/** What the table says of a code. */
export interface ErrorCodeEntry {
  /** The fate where the place that throws does not say otherwise. */
  readonly fate: Fate
  /** Whether the same call may succeed later without a change. */
  readonly retryable: boolean
  readonly meaning: string
}

/** Every built-in error code with its usual fate, whether a later try may succeed, and what it means. */
export const ERROR_CODES: { readonly [TCode in ErrorCode]: ErrorCodeEntry } = {
  BAD_FRAME: { fate: 'rejected', retryable: false, meaning: 'The frame breaks the protocol; it was not acted on.' },
  UNSUPPORTED: { fate: 'rejected', retryable: false, meaning: 'The peer does not know this kind of frame.' },
  NOT_FOUND: { fate: 'rejected', retryable: false, meaning: 'The router has no such procedure or topic.' },
  INVALID_INPUT: { fate: 'rejected', retryable: false, meaning: 'The input does not match its schema.' },
  UNAUTHENTICATED: { fate: 'rejected', retryable: false, meaning: 'The caller is not known.' },
  FORBIDDEN: { fate: 'rejected', retryable: false, meaning: 'The caller is known and may not do this.' },
  LIMIT_EXCEEDED: { fate: 'rejected', retryable: true, meaning: 'A limit was reached before anything ran.' },
  RATE_LIMITED: { fate: 'rejected', retryable: true, meaning: 'Too many messages or bytes in a short time.' },
  PAYLOAD_TOO_LARGE: { fate: 'rejected', retryable: false, meaning: 'The encoded payload is larger than allowed.' },
  KEY_REUSED: { fate: 'rejected', retryable: false, meaning: 'The idempotency key was used with another input.' },
  BROKER_UNAVAILABLE: { fate: 'maybe-executed', retryable: true, meaning: 'The broker did not answer in time.' },
  TIMEOUT: { fate: 'maybe-executed', retryable: true, meaning: 'The call passed its deadline.' },
  CANCELLED: { fate: 'maybe-executed', retryable: false, meaning: 'The caller gave the call up.' },
  CONNECTION_LOST: { fate: 'maybe-executed', retryable: true, meaning: 'The session ended before an answer came.' },
  CONNECTION_CLOSED: { fate: 'not-sent', retryable: false, meaning: 'The connection is closed and will not reopen.' },
  QUEUE_FULL: { fate: 'not-sent', retryable: true, meaning: 'Too much is waiting for the connection to open.' },
  RESULT_LOST: { fate: 'executed', retryable: false, meaning: 'The call ran; its result is not kept any more.' },
  INTERNAL: { fate: 'executed', retryable: false, meaning: 'The handler failed; the correlation id is in its log.' },
}

/** Whether `code` stands in the built-in table. */
export function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(ERROR_CODES, code)
}
