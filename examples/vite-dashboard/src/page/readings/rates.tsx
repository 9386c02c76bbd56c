import { useEffect, useState } from 'react'
import { readings } from './park-readings.js'

interface Totals {
  readonly atMs: number
  /** By the farm's clock: the newest reading of each turbine says how many there were up to then. */
  readonly takenAtMs: number
  readonly taken: number
  readonly received: number
  readonly paints: number
  readonly frames: number
}

function readTotals(): Totals {
  const { taken, newestAtMs, received, loop } = readings
  return { atMs: performance.now(), takenAtMs: newestAtMs, taken, received, paints: loop.paints, frames: loop.frames }
}

/** How much of what is measured arrives here, and how often it is drawn; renewed once a second. */
export function Rates(): React.ReactNode {
  const [[before, now], setTotals] = useState(() => [readTotals(), readTotals()] as const)
  useEffect(() => {
    const timer = setInterval(() => setTotals(([, last]) => [last, readTotals()] as const), 1_000)
    return () => clearInterval(timer)
  }, [])

  const perSecond = (count: number, ms: number): number => (ms > 0 ? Math.max(0, Math.round((count * 1_000) / ms)) : 0)
  const ms = now.atMs - before.atMs
  // Before the first readings nothing is known: the sensors began long before this page. A new server begins with none.
  const measured = before.taken === 0 ? 0 : perSecond(now.taken - before.taken, now.takenAtMs - before.takenAtMs)
  return (
    <dl className="rates" data-paints={now.paints} data-frames={now.frames}>
      <div>
        <dt>measured</dt>
        <dd>{measured} /s</dd>
      </div>
      <div>
        <dt>received</dt>
        <dd>{perSecond(now.received - before.received, ms)} /s</dd>
      </div>
      <div>
        <dt>frames</dt>
        <dd>{perSecond(now.frames - before.frames, ms)} /s</dd>
      </div>
    </dl>
  )
}
