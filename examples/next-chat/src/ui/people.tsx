import type { ReactNode } from 'react'
import { Avatar } from './avatar'
import styles from './people.module.css'

/** Who is in the room now. */
export function People({ me, names }: { me: string; names: readonly string[] }): ReactNode {
  return (
    <ul className={styles.people} aria-label="Here now">
      {names.map((name) => (
        <li key={name} title={name}>
          <Avatar name={name} />
          <span className={styles.name}>{name === me ? `${name} (you)` : name}</span>
        </li>
      ))}
    </ul>
  )
}
