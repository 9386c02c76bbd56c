import type { ReactNode } from 'react'
import styles from './connection-banner.module.css'
import type { Continuity } from './use-continuity'

/** Says that the connection is away, and when it is back what came meanwhile. It lies over the page and moves nothing. */
export function ConnectionBanner({ state, onRetry }: { state: Continuity; onRetry: () => void }): ReactNode {
  return (
    // Always there: a live region that appears together with its text is not read out.
    <div role="status" className={styles.place}>
      {state.kind === 'away' ? (
        <p className={`${styles.banner} ${styles.away}`}>
          <span>The connection is away. Reconnecting; what you write is sent then.</span>
          <button type="button" onClick={onRetry}>
            Try now
          </button>
        </p>
      ) : null}
      {state.kind === 'caught-up' ? (
        <p className={`${styles.banner} ${styles.back}`}>
          {state.missed === 0
            ? 'Back again. You missed nothing.'
            : `Back again, and caught up: ${count(state.missed)}.`}
        </p>
      ) : null}
      {state.kind === 'closed' ? (
        <p className={`${styles.banner} ${styles.away}`}>
          <span>{state.reason}</span>
          <a href="/">Sign in again</a>
        </p>
      ) : null}
    </div>
  )
}

const count = (messages: number): string => (messages === 1 ? '1 new message' : `${messages} new messages`)
