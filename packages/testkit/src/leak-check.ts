/**
 * Notices what a test leaves behind: handles, timers and listeners.
 *
 * Not a heap profiler: it counts what keeps a process alive or what an emitter would call.
 * Rule: a count may fall below where it started, never stay above it.
 */
import type { EventEmitter } from 'node:events'
import { eventually } from './eventually.js'
import type { VirtualClock } from './virtual-clock.js'

/** Options of `createLeakCheck`. */
export interface LeakCheckOptions {
  /** Emitters whose listeners are counted; `process` is always one. */
  emitters?: readonly EventEmitter[]
  /** Clocks whose pending timers are counted. */
  clocks?: readonly VirtualClock[]
}

/** What was there when the check was created, to be compared with what is there now. */
export interface LeakCheck {
  /** What is there now beyond the start, such as `TCPSocketWrap +2`; empty when nothing is left. */
  leaks(): readonly string[]
  /** Waits until nothing is left; rejects with the list after `timeoutMs` (default 5_000). */
  nothingIsLeft(options?: { timeoutMs?: number }): Promise<void>
}

// Waiting itself runs on immediates, and an immediate is gone after its turn.
const IGNORED_RESOURCES = new Set(['Immediate'])

/** Counts active handles, timers and listeners now; call it before the code under test starts. */
export function createLeakCheck(options: LeakCheckOptions = {}): LeakCheck {
  const emitters = [process as EventEmitter, ...(options.emitters ?? [])]
  const count = (): Map<string, number> => countEverything(emitters, options.clocks ?? [])
  const before = count()

  function leaks(): string[] {
    const found: string[] = []
    for (const [kind, amount] of count()) {
      const more = amount - (before.get(kind) ?? 0)
      if (more > 0) found.push(`${kind} +${more}`)
    }
    return found
  }

  return {
    leaks,
    nothingIsLeft: async ({ timeoutMs = 5_000 } = {}) => {
      await eventually(() => leaks().length === 0, { timeoutMs }).catch((error: unknown) => {
        throw new Error(`Left behind: ${leaks().join(', ')}`, { cause: error })
      })
    },
  }
}

function countEverything(emitters: readonly EventEmitter[], clocks: readonly VirtualClock[]): Map<string, number> {
  const counts = new Map<string, number>()
  const add = (kind: string, amount: number): void => void counts.set(kind, (counts.get(kind) ?? 0) + amount)

  for (const resource of process.getActiveResourcesInfo()) {
    if (!IGNORED_RESOURCES.has(resource)) add(resource, 1)
  }
  emitters.forEach((emitter, index) => {
    const owner = index === 0 ? 'process' : `emitter ${index}`
    for (const name of emitter.eventNames()) add(`${owner} '${String(name)}' listener`, emitter.listenerCount(name))
  })
  for (const clock of clocks) add('virtual timer', clock.pending().length)
  return counts
}
