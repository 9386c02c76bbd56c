import { useEffect, useState } from 'react'
import type { Step } from './describe-outage.js'

const SHOWN_MS = 800

/**
 * The step, for people: catching up takes milliseconds, often less than a frame, so after a stale time it is shown for a
 * moment before it is live.
 */
export function useVisibleStep(step: Step): Step {
  const [shown, setShown] = useState(step)
  useEffect(() => {
    if (step !== 'live' || shown === 'live') return setShown(step)
    setShown('catching up')
    const timer = setTimeout(() => setShown('live'), SHOWN_MS)
    return () => clearTimeout(timer)
  }, [step, shown])
  return shown
}
