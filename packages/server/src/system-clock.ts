import type { Clock } from '@trunkline/core'

/** The machine's clock; its timers do not keep a process alive. */
export const systemClock: Clock = {
  now: () => Date.now(),
  schedule(callback, delayMs) {
    const timer = setTimeout(callback, delayMs)
    timer.unref()
    return () => clearTimeout(timer)
  },
}
