import Link from 'next/link'
import type { ReactNode } from 'react'
import styles from './layout.module.css'

/** A room with a name that no room can have. */
export default function NotFound(): ReactNode {
  return (
    <main className={styles.nowhere}>
      <h1>There is no such room</h1>
      <p>
        Rooms are named like tea-kitchen. Go to <Link href="/rooms/general"># general</Link> instead.
      </p>
    </main>
  )
}
