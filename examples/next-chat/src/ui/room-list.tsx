'use client'

import Link from 'next/link'
import { useParams, useRouter } from 'next/navigation'
import { type FormEvent, type ReactNode, useState } from 'react'
import { signOut } from '../auth/actions'
import type { RoomSummary } from '../chat/room-state'
import { Avatar } from './avatar'
import { Logo } from './logo'
import styles from './room-list.module.css'
import { useConnection } from './trunkline'
import { useRooms } from './use-rooms'

/** The rooms, how to open another one, and who this is. On a phone it lies over the page; see the button in a room's head. */
export function RoomList({ me, initialRooms }: { me: string; initialRooms: readonly RoomSummary[] }): ReactNode {
  const { room: current } = useParams<{ room: string }>()
  const rooms = useRooms(initialRooms, current)
  // Other pages come over HTTP. Asked for without a network they would be the browser's error page, in place of this one
  // and of what waits here to be sent.
  const isAway = useConnection().state === 'reconnecting'
  return (
    <nav id="rooms" popover="auto" className={styles.nav} aria-label="Rooms">
      <header>
        <Logo />
      </header>
      <ul className={styles.rooms}>
        {rooms.map(({ name, last, isUnread }) => (
          <li key={name}>
            <Link
              href={`/rooms/${name}`}
              prefetch={false}
              aria-current={name === current ? 'page' : undefined}
              aria-disabled={isAway}
              onClick={hideRooms}
              onNavigate={(event) => {
                if (isAway) event.preventDefault()
              }}
            >
              <span className={styles.name}># {name}</span>
              {isUnread ? (
                <span className={styles.unread}>
                  <span className="visually-hidden">unread</span>
                </span>
              ) : null}
              <span className={styles.last}>
                {last === null ? (
                  'Nothing yet'
                ) : (
                  <>
                    <bdi>{last.from}</bdi>: {last.text}
                  </>
                )}
              </span>
            </Link>
          </li>
        ))}
      </ul>
      <OpenRoom isAway={isAway} />
      <form action={signOut} className={styles.me}>
        <Avatar name={me} />
        <span>{me}</span>
        <button type="submit" className="quiet" disabled={isAway}>
          Sign out
        </button>
      </form>
    </nav>
  )
}

function OpenRoom({ isAway }: { isAway: boolean }): ReactNode {
  const router = useRouter()
  const [name, setName] = useState('')
  const open = (event: FormEvent): void => {
    event.preventDefault()
    const path = name
      .toLowerCase()
      .trim()
      .replaceAll(/[^a-z0-9]+/g, '-')
      .replaceAll(/^-|-$/g, '')
    if (path === '' || isAway) return
    setName('')
    hideRooms()
    router.push(`/rooms/${path.slice(0, 32)}`)
  }
  return (
    <form className={styles.open} onSubmit={open}>
      <input
        aria-label="Open a room"
        placeholder="Open a room"
        maxLength={32}
        value={name}
        onChange={(event) => setName(event.target.value)}
      />
      <button type="submit" disabled={isAway}>
        Open
      </button>
    </form>
  )
}

/** On a wide screen it is not a popover that is open, and stays. */
function hideRooms(): void {
  document.getElementById('rooms')?.hidePopover()
}
