import type { ReactNode } from 'react'
import styles from './logo.module.css'

/** The sign of the chat with its name. */
export function Logo(): ReactNode {
  return (
    <span className={styles.logo}>
      <svg viewBox="0 0 32 32" aria-hidden="true">
        <rect width="32" height="32" rx="9" />
        <path d="M8 11h16M16 11v12M11 11v5m10-5v5" />
      </svg>
      Trunkline chat
    </span>
  )
}
