'use client'

import type { PlacedState } from '@trunkline/react'
import { type ReactNode, useMemo } from 'react'
import { type RoomState, reduceRoom } from '../chat/room-state'
import { Composer } from './composer'
import { ConnectionBanner } from './connection-banner'
import { MessageList } from './message-list'
import { People } from './people'
import styles from './room.module.css'
import { api, useClient, useConnection } from './trunkline'
import { TypingLine } from './typing-line'
import { useContinuity } from './use-continuity'
import { useNotices } from './use-notices'
import { useOutgoing } from './use-outgoing'
import { useReadReceipt } from './use-read-receipt'
import { useSettling } from './use-settling'

interface RoomProps {
  readonly name: string
  readonly me: string
  /** The room as the server rendered it, and where that stands in its history. */
  readonly initial: PlacedState<RoomState>
}

/** A room: complete as the server rendered it, and live from there. */
export function Room({ name, me, initial }: RoomProps): ReactNode {
  const { connection: wire } = useClient()
  const connection = useConnection()
  const { data: room, status } = api.room.useLive({ room: name }, { initial, reduce: reduceRoom })
  const { members, isPending, update } = api.room.usePresence({ room: name }, { typing: false })
  const { messages } = room
  const isOpen = connection.state === 'open'
  const isLive = isOpen && status === 'live'
  const isAway = connection.state === 'reconnecting'

  const others = useMemo(
    () => (isPending ? undefined : members.map(({ identity }) => identity).filter((each) => each !== me)),
    [members, isPending, me],
  )
  const notices = useNotices(others, useSettling(!isAway), messages.at(-1)?.id)
  const continuity = useContinuity({
    isAway,
    isLive,
    closedReason: connection.state === 'closed' ? (connection.message ?? connection.reason ?? 'Signed out') : undefined,
    messageIds: messages.filter(({ from }) => from !== me).map(({ id }) => id),
  })
  const { outgoing, send, retry } = useOutgoing(name, messages)
  useReadReceipt(name, me, room, isLive)

  return (
    <main className={styles.room} data-status={status}>
      <header className={styles.head}>
        <button type="button" popoverTarget="rooms" className={styles.menu} aria-label="Rooms">
          <span aria-hidden="true">☰</span>
        </button>
        <h1># {name}</h1>
        <People me={me} names={[me, ...(others ?? [])]} />
        <p className={styles.light} data-open={isLive}>
          <span>{isLive ? 'Live' : isAway ? 'Reconnecting' : 'Connecting'}</span>
        </p>
      </header>
      <div className={styles.body}>
        <ConnectionBanner state={continuity} onRetry={() => wire.reconnect()} />
        <MessageList me={me} room={room} notices={notices} outgoing={outgoing} onRetry={retry} />
      </div>
      <footer className={styles.foot}>
        <TypingLine
          names={members.filter(({ identity, state }) => state.typing && identity !== me).map((each) => each.identity)}
        />
        <Composer
          room={name}
          onTyping={() => update({ typing: true }, { revertAfterMs: TYPING_ENDS_MS })}
          onSend={(text) => {
            update({ typing: false })
            send(text)
          }}
        />
      </footer>
    </main>
  )
}

/** The server takes it back by itself, also when this page is gone by then. */
const TYPING_ENDS_MS = 3_000
