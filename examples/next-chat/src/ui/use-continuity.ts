import { useEffect, useEffectEvent, useRef, useState } from 'react'

/** What a person should know of the connection. */
export type Continuity =
  | { readonly kind: 'fine' }
  | { readonly kind: 'away' }
  | { readonly kind: 'caught-up'; readonly missed: number }
  | { readonly kind: 'closed'; readonly reason: string }

const CAUGHT_UP_SHOWN_MS = 5_000

interface Standing {
  /** What is shown may not be the newest. */
  readonly isAway: boolean
  /** What is shown is known to be the newest. */
  readonly isLive: boolean
  /** Why the connection is closed for good. */
  readonly closedReason: string | undefined
  /** Messages of others that are shown, by their ids. */
  readonly messageIds: readonly string[]
}

/** Follows an absence to its end: away, then caught up with so many messages, then fine. */
export function useContinuity({ isAway, isLive, closedReason, messageIds }: Standing): Continuity {
  const [shown, setShown] = useState<Continuity>({ kind: 'fine' })
  /** What was shown when the connection went away. */
  const before = useRef<ReadonlySet<string> | undefined>(undefined)
  const remember = useEffectEvent(() => {
    before.current ??= new Set(messageIds)
  })
  const countMissed = useEffectEvent((known: ReadonlySet<string>) => messageIds.filter((id) => !known.has(id)).length)

  useEffect(() => {
    if (isAway) {
      remember()
      setShown({ kind: 'away' })
    } else if (isLive && before.current !== undefined) {
      const known = before.current
      before.current = undefined
      setShown({ kind: 'caught-up', missed: countMissed(known) })
    }
  }, [isAway, isLive])
  useEffect(() => {
    if (shown.kind !== 'caught-up') return
    const timer = setTimeout(() => setShown({ kind: 'fine' }), CAUGHT_UP_SHOWN_MS)
    return () => clearTimeout(timer)
  }, [shown])
  return closedReason === undefined ? shown : { kind: 'closed', reason: closedReason }
}
