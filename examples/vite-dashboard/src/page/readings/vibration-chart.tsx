import { useEffect, useRef } from 'react'
import type { Turbine } from '../../park/turbines.js'
import { createPlot, sizeOf } from './create-plot.js'
import { watchPalette } from './palette.js'
import { readings } from './park-readings.js'

interface Props {
  readonly turbine: Turbine
  readonly seconds: number
  readonly limit: number
  readonly isLarge?: boolean
}

/** A shorter time is not drawn wider: the noise would look like an event. */
const SHORTEST_S = 6

/** The curve of a gearbox. React makes its element; what is in it is drawn per frame, without React. */
export function VibrationChart({ turbine, seconds, limit, isLarge = false }: Props): React.ReactNode {
  const element = useRef<HTMLDivElement>(null)
  const limitNow = useRef(limit)

  useEffect(() => {
    limitNow.current = limit
    readings.repaint(turbine)
  }, [limit, turbine])

  useEffect(() => {
    const parent = element.current
    if (parent === null) return
    const plot = createPlot(parent, { seconds, isLarge, limit: () => limitNow.current })
    const paint = (): void => {
      const { newestAtMs, firstAtMs } = readings
      const max = newestAtMs / 1_000
      // At first the curve has all of the width, later it moves.
      const min = Math.max(max - seconds, Math.min(firstAtMs / 1_000, max - SHORTEST_S))
      plot.batch(() => {
        plot.setData(readings.points(turbine).since(min), false)
        plot.setScale('x', { min, max })
      })
    }
    const resizing = new ResizeObserver(() => plot.setSize(sizeOf(parent)))
    resizing.observe(parent)
    const stopWatching = readings.watch(turbine, paint)
    const stopPalette = watchPalette(() => readings.repaint(turbine))
    return () => {
      stopPalette()
      stopWatching()
      resizing.disconnect()
      plot.destroy()
    }
  }, [turbine, seconds, isLarge])

  return <div className="chart" ref={element} aria-hidden="true" />
}
