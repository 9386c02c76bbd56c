import { useEffect, useState } from 'react'

/** The time, renewed every `everyMs`; with undefined it stands still. */
export function useNow(everyMs: number | undefined): number {
  const [nowMs, setNowMs] = useState(Date.now)
  useEffect(() => {
    if (everyMs === undefined) return
    const tick = (): void => setNowMs(Date.now())
    tick()
    const timer = setInterval(tick, everyMs)
    return () => clearInterval(timer)
  }, [everyMs])
  return nowMs
}
