import { TrunklineError } from '@trunkline/core'
import { Observer } from './observe/observer.js'
import { type FailedAt, toWireError } from './wire-error.js'

/** What a client would get of a failure; the failure itself as the cause, since nothing leaves the process. */
export async function callerError(error: unknown, at: Omit<FailedAt, 'identity'>): Promise<TrunklineError> {
  const observer = new Observer()
  // The caller gets the cause; reporting it a second time would only be noise.
  observer.events.on('handler-failed', () => {})
  const known = await toWireError(error, { ...at, identity: '' }, observer)
  const { code, message, data, fate, path, issues, correlationId, retryAfterMs } = known
  return new TrunklineError(code, message, { data, fate, path, issues, correlationId, retryAfterMs, cause: error })
}
