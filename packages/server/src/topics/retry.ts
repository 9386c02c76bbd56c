/**
 * How long to wait before the next try, and waiting for it, on a clock that is passed in.
 *
 * Rule: the timer is gone as soon as nobody waits for it.
 */
import type { Clock } from '@trunkline/core'

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
