/**
 * A clock that moves only when a test says so.
 *
 * Not a patch of the global timers: code under test takes it as its `Clock`, so real sockets beside it keep real time.
 * Rule: timers run in the order of their due time, equal ones in the order of scheduling, and between two of them
 * everything that is ready (promises, microtasks, `setImmediate`) has run.
 */
import type { Clock } from '@trunkline/core'

/** A timer that has not run and was not cancelled. */
export interface PendingTimer {
  /** When it runs, on this clock. */
  readonly dueMs: number
  /** The delay it was scheduled with. */
  readonly delayMs: number
}

/** A clock whose time is moved by hand. */
export interface VirtualClock extends Clock {
  /** Moves time on by `ms`, running every timer that falls due. Rejects with what a timer's callback throws. */
  advance(ms: number): Promise<void>
  /** Jumps from timer to timer until none is left. Rejects after `maxTimers` (default 10_000): something repeats. */
  runUntilIdle(options?: { maxTimers?: number }): Promise<void>
  /** Lets promises, microtasks and `setImmediate` callbacks run; time stands still. */
  settle(): Promise<void>
  /** The timers that are left, next first. A test that expects no leak expects `[]`. */
  pending(): readonly PendingTimer[]
}

/** Options of `createVirtualClock`. */
export interface VirtualClockOptions {
  /** Time at the start, in milliseconds since the Unix epoch. Default 1_700_000_000_000. */
  startMs?: number
  /** Turns of the event loop that pass after each timer. Default 4: a call over an in-memory pair and its answer. */
  settleTurns?: number
}

interface Timer extends PendingTimer {
  readonly callback: () => void
}

// Taken once, so that a test which also fakes the global timers cannot stop this clock.
const nextTurn = setImmediate

/** Creates a clock that stands still until it is advanced. */
export function createVirtualClock(options: VirtualClockOptions = {}): VirtualClock {
  const { startMs = 1_700_000_000_000, settleTurns = 4 } = options
  const timers: Timer[] = [] // sorted by due time; equal ones in the order of scheduling
  let nowMs = startMs
  let advancing = false

  async function settle(): Promise<void> {
    for (let turn = 0; turn < settleTurns; turn++) await new Promise<void>((resolve) => nextTurn(resolve))
  }

  async function runNext(): Promise<void> {
    const timer = timers.shift()
    if (timer === undefined) return
    nowMs = timer.dueMs
    timer.callback()
    await settle()
  }

  /** Two runs at once would take each other's timers and leave the time at the earlier end. */
  async function exclusively(run: () => Promise<void>): Promise<void> {
    if (advancing) throw new Error('This clock is already being advanced: await the first call.')
    advancing = true
    try {
      await settle()
      await run()
    } finally {
      advancing = false
    }
  }

  return {
    now: () => nowMs,
    schedule: (callback, delayMs) => {
      if (Number.isNaN(delayMs)) throw new RangeError('delayMs is NaN')
      const timer: Timer = { callback, delayMs, dueMs: nowMs + Math.max(0, delayMs) }
      timers.splice(firstAfter(timers, timer.dueMs), 0, timer)
      return () => {
        const index = timers.indexOf(timer)
        if (index >= 0) timers.splice(index, 1)
      }
    },
    settle,
    pending: () => timers.map(({ dueMs, delayMs }) => ({ dueMs, delayMs })),
    advance: (ms) =>
      exclusively(async () => {
        if (!(ms >= 0)) throw new RangeError(`Time cannot move by ${ms} ms.`)
        const endMs = nowMs + ms
        while (timers[0] !== undefined && timers[0].dueMs <= endMs) await runNext()
        nowMs = endMs
      }),
    runUntilIdle: ({ maxTimers = 10_000 } = {}) =>
      exclusively(async () => {
        for (let ran = 0; timers.length > 0; ran++) {
          if (ran === maxTimers) throw new Error(`Still ${timers.length} timers after running ${maxTimers}.`)
          await runNext()
        }
      }),
  }
}

/** Index of the first timer that is due later than `dueMs`. */
function firstAfter(timers: readonly Timer[], dueMs: number): number {
  let low = 0
  let high = timers.length
  while (low < high) {
    const middle = (low + high) >>> 1
    const timer = timers[middle]
    if (timer !== undefined && timer.dueMs <= dueMs) low = middle + 1
    else high = middle
  }
  return low
}
