/**
 * What is known of a failed call, and what each built-in code usually means for it.
 *
 * Apart from the table of codes (error-code.ts), because a client needs the fates but not the sentences: it is measured
 * in bytes. Rule: a code that stands in no list failed after its handler ran.
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

const REJECTED: readonly string[] = [
  'BAD_FRAME',
  'UNSUPPORTED',
  'NOT_FOUND',
  'INVALID_INPUT',
  'UNAUTHENTICATED',
  'FORBIDDEN',
  'LIMIT_EXCEEDED',
  'RATE_LIMITED',
  'PAYLOAD_TOO_LARGE',
  'KEY_REUSED',
] satisfies ErrorCode[]
const MAYBE_EXECUTED: readonly string[] = [
  'BROKER_UNAVAILABLE',
  'TIMEOUT',
  'CANCELLED',
  'CONNECTION_LOST',
] satisfies ErrorCode[]
const NOT_SENT: readonly string[] = ['CONNECTION_CLOSED', 'QUEUE_FULL'] satisfies ErrorCode[]

/** The fate of a code where the place that throws does not say otherwise; an app's own code means `executed`. */
export function usualFate(code: string): Fate {
  if (REJECTED.includes(code)) return 'rejected'
  if (MAYBE_EXECUTED.includes(code)) return 'maybe-executed'
  return NOT_SENT.includes(code) ? 'not-sent' : 'executed'
}
