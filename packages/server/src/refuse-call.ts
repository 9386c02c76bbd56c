/**
 * Answers a call of which nothing ran.
 *
 * Rule: of a mutation that was sent again only this try is known not to have run (P5.7).
 */
import { type Fate, TrunklineError } from '@trunkline/core'
import type { CallFrame } from '@trunkline/core/protocol'
import type { Session } from './session.js'

/** Refuses a call before its handler was entered. */
export function refuseCall(
  frame: CallFrame,
  session: Session,
  code: string,
  message: string,
  correlationId?: string,
): void {
  session.services.observer.callFailed(frame.path, session.identity, code)
  session.refuse(frame.id, new TrunklineError(code, message, { fate: refusedFate(frame.resend), correlationId }))
}

/** The fate of a call whose handler this try has not entered. */
export function refusedFate(isResent: boolean): Fate {
  return isResent ? 'maybe-executed' : 'rejected'
}
