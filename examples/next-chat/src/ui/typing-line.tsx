import type { ReactNode } from 'react'
import { Names } from './names'
import styles from './typing-line.module.css'

/** Says who is writing. Its height is reserved, so that coming and going moves nothing. */
export function TypingLine({ names }: { names: readonly string[] }): ReactNode {
  return (
    <p className={styles.line} aria-live="polite">
      {names.length > 0 ? (
        <>
          <span className={styles.dots} aria-hidden="true">
            <i />
            <i />
            <i />
          </span>
          <span className={styles.text}>
            <Names of={names} /> {names.length === 1 ? 'is' : 'are'} writing
          </span>
        </>
      ) : null}
    </p>
  )
}
