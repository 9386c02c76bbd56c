/**
 * The error codes that end a call, in one table.
 *
 * Not the close codes (they end a connection: protocol/close-code.ts) and not the codes that an app declares.
 * Rule: docs and metric labels derive from this table; spec/PROTOCOL.md section 9 lists it.
 */
import { type ErrorCode, type Fate, usualFate } from './fate.js'

/** What the table says of a code. */
export interface ErrorCodeEntry {
  /** The fate where the place that throws does not say otherwise. */
  readonly fate: Fate
  /** Whether the same call may succeed later without a change. */
  readonly retryable: boolean
  readonly meaning: string
}

/** Every built-in error code with its usual fate, whether a later try may succeed, and what it means. */
export const ERROR_CODES: { readonly [TCode in ErrorCode]: ErrorCodeEntry } = /* @__PURE__ */ ((): {
  readonly [TCode in ErrorCode]: ErrorCodeEntry
} => ({
  BAD_FRAME: entry('BAD_FRAME', false, 'The frame breaks the protocol; it was not acted on.'),
  UNSUPPORTED: entry(
    'UNSUPPORTED',
    false,
    'The peer does not know this kind of frame, or its broker lacks what the topic needs.',
  ),
  NOT_FOUND: entry('NOT_FOUND', false, 'The router has no such procedure or topic.'),
  INVALID_INPUT: entry('INVALID_INPUT', false, 'The input does not match its schema.'),
  UNAUTHENTICATED: entry('UNAUTHENTICATED', false, 'The caller is not known.'),
  FORBIDDEN: entry('FORBIDDEN', false, 'The caller is known and may not do this.'),
  LIMIT_EXCEEDED: entry('LIMIT_EXCEEDED', true, 'A limit was reached before anything ran.'),
  RATE_LIMITED: entry('RATE_LIMITED', true, 'For apps: too much in a short time. The server itself reads more slowly.'),
  PAYLOAD_TOO_LARGE: entry('PAYLOAD_TOO_LARGE', false, 'The encoded payload is larger than allowed.'),
  KEY_REUSED: entry('KEY_REUSED', false, 'The idempotency key was used with another input.'),
  BROKER_UNAVAILABLE: entry('BROKER_UNAVAILABLE', true, 'The broker did not answer in time.'),
  TIMEOUT: entry('TIMEOUT', true, 'The call passed its deadline.'),
  CANCELLED: entry('CANCELLED', false, 'The caller gave the call up.'),
  CONNECTION_LOST: entry('CONNECTION_LOST', true, 'The session ended before an answer came.'),
  CONNECTION_CLOSED: entry('CONNECTION_CLOSED', false, 'The connection is closed and will not reopen.'),
  QUEUE_FULL: entry('QUEUE_FULL', true, 'Too much is waiting for the connection to open.'),
  RESULT_LOST: entry('RESULT_LOST', false, 'The call ran; its result is not kept any more.'),
  INTERNAL: entry('INTERNAL', false, 'The handler failed; the correlation id is in its log.'),
}))()

function entry(code: ErrorCode, retryable: boolean, meaning: string): ErrorCodeEntry {
  return { fate: usualFate(code), retryable, meaning }
}

/** Whether `code` stands in the built-in table. */
export function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(ERROR_CODES, code)
}
