import { TURBINES, type Turbine } from '../../park/turbines.js'
import type { Reading } from '../trunkline.js'
import { DrawLoop, type Paint } from './draw-loop.js'
import { SeriesBuffer } from './series-buffer.js'

interface Sensor {
  readonly points: SeriesBuffer
  readonly paints: Set<Paint>
  newest: Reading | undefined
}

/**
 * What the sensors said, outside of React: hundreds of readings a second would be hundreds of renders. Whoever shows a
 * turbine is called once per frame in which it changed.
 */
export class FarmReadings {
  /** Readings that reached this page. */
  received = 0
  /** When the first and the newest reading were taken, by the farm's clock. */
  firstAtMs = Number.POSITIVE_INFINITY
  newestAtMs = 0
  readonly loop = new DrawLoop()
  readonly #sensors = new Map<Turbine, Sensor>(
    TURBINES.map((turbine) => [turbine, { points: new SeriesBuffer(), paints: new Set(), newest: undefined }]),
  )

  /** Readings that were taken, those included that were overwritten by newer ones before they were sent. */
  get taken(): number {
    let taken = 0
    for (const { newest } of this.#sensors.values()) taken += newest?.count ?? 0
    return taken
  }

  readonly take = (reading: Reading): void => {
    const sensor = this.#sensorOf(reading.turbine)
    sensor.newest = reading
    sensor.points.append(reading.atMs / 1_000, reading.vibration)
    this.received += 1
    this.firstAtMs = Math.min(this.firstAtMs, reading.atMs)
    this.newestAtMs = Math.max(this.newestAtMs, reading.atMs)
    this.repaint(reading.turbine)
  }

  newest(turbine: Turbine): Reading | undefined {
    return this.#sensorOf(turbine).newest
  }

  points(turbine: Turbine): SeriesBuffer {
    return this.#sensorOf(turbine).points
  }

  /** Calls `paint` in the next frame, and whenever the turbine changed; returns what ends it. */
  watch(turbine: Turbine, paint: Paint): () => void {
    const { paints } = this.#sensorOf(turbine)
    paints.add(paint)
    this.loop.mark(paint)
    return () => {
      paints.delete(paint)
      this.loop.forget(paint)
    }
  }

  /** Draws a turbine again: something else that it shows has changed. */
  repaint(turbine: Turbine): void {
    for (const paint of this.#sensorOf(turbine).paints) this.loop.mark(paint)
  }

  #sensorOf(turbine: Turbine): Sensor {
    const sensor = this.#sensors.get(turbine)
    if (sensor === undefined) throw new RangeError(`There is no turbine ${turbine}.`)
    return sensor
  }
}

/** The readings of this page. */
export const readings = new FarmReadings()
