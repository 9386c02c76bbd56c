/**
 * Waiting with a bound, on a clock that is passed in.
 *
 * Rule: a timer is gone as soon as nobody waits for it.
 */
import { type Clock, isTrunklineErrorLike, TrunklineError } from '@trunkline/core'

/** How long the broker may take for one answer, in milliseconds. */
export const BROKER_TIMEOUT_MS = 5_000

/**
 * Resolves as `promise` does, unless that takes too long.
 *
 * @throws TrunklineError `BROKER_UNAVAILABLE` after `timeoutMs`, and for whatever else the broker threw.
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
      reject(unavailable(error))
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

function unavailable(cause: unknown): TrunklineError {
  return new TrunklineError('BROKER_UNAVAILABLE', undefined, { cause, retryAfterMs: 1_000 })
}

/** Milliseconds before the next try: doubles from 20 up to 2_000. `attempt` counts from 0. */
export function retryDelayMs(attempt: number): number {
  return Math.min(2_000, 20 * 2 ** Math.min(attempt, 10))
}

/** Waits between tries; ended early when nobody needs the next try any more. */
export class Pause {
  #end: (() => void) | undefined

  wait(clock: Clock, ms: number): Promise<void> {
    return new Promise((resolve) => {
      const cancel = clock.schedule(resolve, ms)
      this.#end = () => {
        cancel()
        resolve()
      }
    })
  }

  end(): void {
    this.#end?.()
    this.#end = undefined
  }
}
