/**
 * One timer for everything in a client that has a due time: deadlines, heartbeats, the next attempt.
 *
 * Not a timer each: a call must not cost one. Rule: it rings at the earliest time asked for, and what is asked at the
 * ring says when it wants the next one.
 */
import type { Clock } from '@trunkline/core'

// The longest delay that every platform's timer takes is 2^31 - 1; whoever waits longer is asked in between.
const MAX_DELAY_MS = 86_400_000

export interface Alarm {
  /** Asks for a ring at `dueAt`, in the clock's milliseconds, or before it. `Infinity` asks for none. */
  at(dueAt: number): void
  /** Forgets what was asked for. */
  stop(): void
}

/** Makes an alarm that calls `onRing` and rings again at the time that this returns. */
export function createAlarm(clock: Clock, onRing: (now: number) => number): Alarm {
  let earliest = Infinity
  let cancel: (() => void) | undefined
  const stop = (): void => {
    cancel?.()
    earliest = Infinity
  }
  const at = (dueAt: number): void => {
    if (dueAt >= earliest) return
    stop()
    earliest = dueAt
    cancel = clock.schedule(ring, Math.min(Math.max(dueAt - clock.now(), 0), MAX_DELAY_MS))
  }
  const ring = (): void => {
    stop()
    at(onRing(clock.now()))
  }
  return { at, stop }
}
