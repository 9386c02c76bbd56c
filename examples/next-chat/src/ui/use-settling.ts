import { useEffect, useState } from 'react'

/** The others come back with random delays, so that a server is not run over. */
const OTHERS_COME_BACK_MS = 5_000

/** Whether the connection is away, or was a moment ago. */
export function useSettling(isOpen: boolean): boolean {
  const [isSettling, setIsSettling] = useState(false)
  useEffect(() => {
    if (!isOpen) return setIsSettling(true)
    const timer = setTimeout(() => setIsSettling(false), OTHERS_COME_BACK_MS)
    return () => clearTimeout(timer)
  }, [isOpen])
  return isSettling
}
