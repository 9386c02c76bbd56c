/**
 * Asking a broker, which may be another process, with a bound on the time.
 *
 * Not trying again (retry.ts). Rule: whatever goes wrong is `BROKER_UNAVAILABLE`, but that the broker has no room, and the
 * timer is gone when nobody waits.
 */
import { type Clock, isTrunklineErrorLike, TrunklineError } from '@trunkline/core'

/** How long the broker may take for one answer, in milliseconds. */
export const BROKER_TIMEOUT_MS = 5_000

/**
 * Resolves as `promise` does, unless that takes too long.
 *
 * @throws TrunklineError `BROKER_UNAVAILABLE` after `timeoutMs`, and for whatever the broker threw that is no
 * `LIMIT_EXCEEDED`.
 */
export function askBroker<TAnswer>(
  clock: Clock,
  ask: () => Promise<TAnswer>,
  timeoutMs: number = BROKER_TIMEOUT_MS,
): Promise<TAnswer> {
  return new Promise((resolve, reject) => {
    const cancel = clock.schedule(() => reject(unavailable(undefined)), timeoutMs)
    const fail = (error: unknown): void => {
      cancel()
      reject(isFull(error) ? error : unavailable(error))
    }
    try {
      ask().then((answer) => {
        cancel()
        resolve(answer)
      }, fail)
    } catch (error) {
      // Not every broker's method is async.
      fail(error)
    }
  })
}

/** What a subscriber is told of a failure: of any that says nothing to it, that the broker is not there. */
export function brokerError(error: unknown): TrunklineError {
  return isTrunklineErrorLike(error) ? error : unavailable(error)
}

/** Whether a broker said that it has no room: nothing was done, and another try would be told the same. */
export function isFull(error: unknown): boolean {
  return isTrunklineErrorLike(error) && error.code === 'LIMIT_EXCEEDED'
}

function unavailable(cause: unknown): TrunklineError {
  return new TrunklineError('BROKER_UNAVAILABLE', undefined, { cause, retryAfterMs: 1_000 })
}
