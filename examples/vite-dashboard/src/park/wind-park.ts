import { TURBINES, type Turbine } from './turbines.js'

/** What a sensor says. */
export interface Reading {
  readonly turbine: Turbine
  /** Vibration of the gearbox, in mm/s. */
  readonly vibration: number
  readonly atMs: number
  /** How many readings this sensor has taken: who sees one of them knows how many there were. */
  readonly count: number
}

interface Gearbox {
  readonly turbine: Turbine
  /** How it runs when nothing is wrong, in mm/s. */
  readonly calm: number
  wander: number
  count: number
  fault: { readonly fromMs: number; readonly lengthMs: number; readonly height: number } | undefined
}

/** A gearbox rubs once in so many steps: one of sixteen every four seconds, at 50 steps a second. */
const STEPS_BETWEEN_FAULTS = 3_200

/** Simulated gearboxes that wander, and rub now and then. */
export class WindPark {
  readonly #random: () => number
  readonly #gearboxes: readonly Gearbox[]

  /** @param random - numbers from 0 to 1. */
  constructor(random: () => number) {
    this.#random = random
    this.#gearboxes = TURBINES.map((turbine) => ({
      turbine,
      calm: 2.4 + random() * 2,
      wander: 0,
      count: 0,
      fault: undefined,
    }))
  }

  /** Reads all sensors. */
  read(nowMs: number): Reading[] {
    return this.#gearboxes.map((gearbox) => ({
      turbine: gearbox.turbine,
      vibration: Math.round(this.#shake(gearbox, nowMs) * 100) / 100,
      atMs: nowMs,
      count: ++gearbox.count,
    }))
  }

  #shake(gearbox: Gearbox, nowMs: number): number {
    const random = this.#random
    // Pulled back to zero, so that it wanders for hours without leaving.
    gearbox.wander += (random() - 0.5) * 0.22 - gearbox.wander * 0.02
    if (gearbox.fault === undefined && random() * STEPS_BETWEEN_FAULTS < 1) {
      gearbox.fault = { fromMs: nowMs, lengthMs: 2_000 + random() * 4_000, height: 3.5 + random() * 3.5 }
    }
    const swell = 0.4 * Math.sin(nowMs / 4_000 + gearbox.calm * 9)
    return Math.max(0.2, gearbox.calm + swell + gearbox.wander + this.#rub(gearbox, nowMs))
  }

  #rub(gearbox: Gearbox, nowMs: number): number {
    const { fault } = gearbox
    if (fault === undefined) return 0
    const progress = (nowMs - fault.fromMs) / fault.lengthMs
    if (progress >= 1) gearbox.fault = undefined
    return progress >= 1 ? 0 : Math.sin(progress * Math.PI) ** 0.6 * fault.height
  }
}
