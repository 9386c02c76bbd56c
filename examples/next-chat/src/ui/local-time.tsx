'use client'

import { type ReactNode, useSyncExternalStore } from 'react'
import styles from './local-time.module.css'

const CLOCK = new Intl.DateTimeFormat(undefined, { hour: 'numeric', minute: '2-digit' })
const FULL = new Intl.DateTimeFormat(undefined, { dateStyle: 'full', timeStyle: 'short' })
const subscribeToNothing = (): (() => void) => () => undefined

/** A time of day where the reader is. The server does not know where, so it only keeps the place. */
export function LocalTime({ at }: { at: Date }): ReactNode {
  const isHere = useSyncExternalStore(
    subscribeToNothing,
    () => true,
    () => false,
  )
  return (
    <time dateTime={at.toISOString()} title={isHere ? FULL.format(at) : undefined} className={styles.time}>
      {isHere ? CLOCK.format(at) : ''}
    </time>
  )
}
