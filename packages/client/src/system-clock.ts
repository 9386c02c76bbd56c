import type { Clock } from '@trunkline/core'

/**
 * The machine's clock. Its time is monotonic, so that a corrected wall clock neither fires nor stretches a deadline; its
 * timers keep a Node process alive, since they exist only while a client wants a connection.
 */
export const systemClock: Clock = {
  now: () => performance.timeOrigin + performance.now(),
  schedule(callback, delayMs) {
    const timer = setTimeout(callback, delayMs)
    return () => clearTimeout(timer)
  },
}
