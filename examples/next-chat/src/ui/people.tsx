import type { ReactNode } from 'react'
import { Avatar } from './avatar'
import styles from './people.module.css'

/** How many are shown by their badges. Of the others it says how many; a screen reader names them all. */
const SHOWN = 4

/** Who is in the room now. */
export function People({ me, names }: { me: string; names: readonly string[] }): ReactNode {
  const rest = names.slice(SHOWN)
  return (
    <ul className={styles.people} aria-label="Here now">
      {names.map((name, index) => (
        <li key={name} title={name} className={index < SHOWN ? undefined : styles.name}>
          {index < SHOWN ? <Avatar name={name} /> : null}
          <bdi className={styles.name}>{name === me ? `${name} (you)` : name}</bdi>
        </li>
      ))}
      {rest.length > 0 ? (
        <li aria-hidden="true" title={rest.join(', ')} className={styles.rest}>
          +{rest.length}
        </li>
      ) : null}
    </ul>
  )
}
