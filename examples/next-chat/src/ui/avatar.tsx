import type { CSSProperties, ReactNode } from 'react'
import styles from './avatar.module.css'

/** A round badge with the first letter of a name, in a colour made of the name. The name itself stands beside it. */
export function Avatar({ name, size = 'large' }: { name: string; size?: 'small' | 'large' }): ReactNode {
  let hue = 0
  for (const char of name) hue = (hue * 31 + char.charCodeAt(0)) % 360
  return (
    <span aria-hidden="true" className={`${styles.avatar} ${styles[size]}`} style={{ '--hue': hue } as CSSProperties}>
      {[...name][0]?.toUpperCase()}
    </span>
  )
}
