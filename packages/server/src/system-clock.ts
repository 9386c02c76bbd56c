import type { Clock } from '@trunkline/core'

/**
 * The machine's clock. Its time is monotonic: when the wall clock is set back, limits, deadlines and sessions go on, where they
 * would wait for the time to come again. Its timers do not keep a process alive.
 */
export const systemClock: Clock = {
  now: () => Math.floor(performance.timeOrigin + performance.now()),
  schedule(callback, delayMs) {
    const timer = setTimeout(callback, delayMs)
    timer.unref()
    return () => clearTimeout(timer)
  },
}
