import { DEFAULT_LIMIT, TURBINES, type Turbine } from './turbines.js'
import type { Reading } from './wind-park.js'

export interface Alarm {
  /** Counts from 1 without holes: who sees 7 after 5 knows that 6 is missing. */
  readonly number: number
  readonly turbine: Turbine
  readonly vibration: number
  readonly limit: number
  readonly atMs: number
  /** Who raised it to see whether alarms work; `null` where a sensor did. */
  readonly testedBy: string | null
}

export interface Limit {
  readonly turbine: Turbine
  readonly limit: number
  /** Who set it. */
  readonly by: string
}

/** Below this share of its limit an alarming gearbox is calm again; at the limit itself it would flutter. */
const CALM_AGAIN = 0.92
/** How many alarms count; older ones are gone from everybody's list. */
export const KEPT_ALARMS = 500

/** What the farm's operators have decided, and which alarms there were. In memory: a restart forgets it. */
export class ControlRoom {
  readonly #limits = new Map<Turbine, Limit>(
    TURBINES.map((turbine) => [turbine, { turbine, limit: DEFAULT_LIMIT, by: 'factory' }]),
  )
  readonly #alarming = new Set<Turbine>()
  readonly #newest = new Map<Turbine, Reading>()
  #alarms = 0

  get limits(): Limit[] {
    return [...this.#limits.values()]
  }

  setLimit(limit: Limit): Limit {
    this.#limits.set(limit.turbine, limit)
    return limit
  }

  /** Takes note of a reading, and gives an alarm when the gearbox goes beyond its limit. */
  watch(reading: Reading): Alarm | undefined {
    const { turbine, vibration } = reading
    const limit = this.#limitOf(turbine)
    this.#newest.set(turbine, reading)
    if (vibration < limit * CALM_AGAIN) this.#alarming.delete(turbine)
    if (vibration <= limit || this.#alarming.has(turbine)) return undefined
    this.#alarming.add(turbine)
    return this.#raise(turbine, vibration, reading.atMs, null)
  }

  /** Raises an alarm although nothing is wrong. */
  test(turbine: Turbine, by: string): Alarm {
    return this.#raise(turbine, this.#newest.get(turbine)?.vibration ?? 0, Date.now(), by)
  }

  /** Whether there is such an alarm, and it is not too old for anybody to see. */
  has(number: number): boolean {
    return number >= 1 && number <= this.#alarms && number > this.#alarms - KEPT_ALARMS
  }

  #raise(turbine: Turbine, vibration: number, atMs: number, testedBy: string | null): Alarm {
    this.#alarms += 1
    return { number: this.#alarms, turbine, vibration, limit: this.#limitOf(turbine), atMs, testedBy }
  }

  #limitOf(turbine: Turbine): number {
    return this.#limits.get(turbine)?.limit ?? DEFAULT_LIMIT
  }
}
