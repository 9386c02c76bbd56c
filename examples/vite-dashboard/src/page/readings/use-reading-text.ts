import { type RefObject, useEffect, useRef } from 'react'
import type { Turbine } from '../../park/turbines.js'
import { readings } from './park-readings.js'

/** From this share of its limit on, a gearbox is worth a look. */
const NEAR = 0.85

/**
 * Writes the newest reading of a turbine into an element, once per frame and without React, and beside it as
 * `data-level`: `calm`, `near` the limit or `over` it.
 */
export function useReadingText(turbine: Turbine, limit: number): RefObject<HTMLOutputElement | null> {
  const element = useRef<HTMLOutputElement>(null)
  useEffect(
    () =>
      readings.watch(turbine, () => {
        const { current } = element
        const reading = readings.newest(turbine)
        if (current === null || reading === undefined) return
        const { vibration } = reading
        const text = vibration.toFixed(1)
        const level = vibration > limit ? 'over' : vibration > limit * NEAR ? 'near' : 'calm'
        if (current.textContent !== text) current.textContent = text
        if (current.dataset['level'] !== level) current.dataset['level'] = level
      }),
    [turbine, limit],
  )
  return element
}
