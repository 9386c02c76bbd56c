'use client'

import { Fragment, type ReactNode, useEffect, useRef } from 'react'
import type { RoomState } from '../chat/room-state'
import { Avatar } from './avatar'
import { LocalTime } from './local-time'
import styles from './message-list.module.css'
import { Names } from './names'
import type { Notice } from './use-notices'
import type { Outgoing } from './use-outgoing'

interface MessageListProps {
  readonly me: string
  readonly room: RoomState
  readonly notices: readonly Notice[]
  readonly outgoing: readonly Outgoing[]
  readonly onRetry: (message: Outgoing) => void
}

/** What one person says within this time stands under one name. */
const ONE_BREATH_MS = 5 * 60_000

/** What was said in a room, with who came and went; what is on its way stands below what has happened. */
export function MessageList({ me, room, notices, outgoing, onRetry }: MessageListProps): ReactNode {
  const { messages, reads } = room
  const readersOf = (id: string): string[] =>
    [...reads].filter(([name, seen]) => name !== me && seen === id).map(([name]) => name)
  const scroller = useRef<HTMLDivElement>(null)
  const written = outgoing.at(-1)?.id
  useEffect(() => {
    // Who writes wants to see it, also from further up. In a reversed column the end is at 0.
    if (written !== undefined) scroller.current?.scrollTo({ top: 0 })
  }, [written])
  return (
    // The browser keeps a reversed column at its end: the newest message is in sight without a script, also at first paint.
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls is reached by keyboard
    <div ref={scroller} className={styles.scroller} role="log" aria-label="Messages" tabIndex={0}>
      <ol className={styles.list}>
        {messages.length === 0 && outgoing.length === 0 ? (
          <li className={styles.empty}>Nothing was said here yet. Say hello.</li>
        ) : null}
        <Notices of={notices} after={undefined} />
        {messages.map((message, index) => {
          const { id, from, text, at } = message
          const before = messages[index - 1]
          const isNext = before?.from === from && at.getTime() - before.at.getTime() < ONE_BREATH_MS
          const readers = readersOf(id)
          return (
            <Fragment key={id}>
              <li data-message={id} className={classOf(from === me, isNext)}>
                {isNext || from === me ? null : <Avatar name={from} />}
                <div className={styles.said}>
                  <p className={isNext || from === me ? 'visually-hidden' : styles.from} dir="auto">
                    {from}
                  </p>
                  <div className={styles.line}>
                    <p className={styles.bubble} dir="auto">
                      {text}
                    </p>
                    <LocalTime at={at} />
                  </div>
                  {readers.length > 0 ? (
                    <p className={styles.under}>
                      Seen by <Names of={readers} />
                    </p>
                  ) : null}
                </div>
              </li>
              <Notices of={notices} after={id} />
            </Fragment>
          )
        })}
        {outgoing.map((message) => (
          <li key={message.id} className={classOf(true, false)}>
            <div className={styles.said}>
              <p className={`${styles.bubble} ${styles.outgoing}`} dir="auto">
                {message.text}
              </p>
              {message.problem === undefined ? (
                <p className={styles.under}>Sending …</p>
              ) : (
                <p className={`${styles.under} ${styles.problem}`}>
                  {message.problem}{' '}
                  <button type="button" className="quiet" onClick={() => onRetry(message)}>
                    Try again
                  </button>
                </p>
              )}
            </div>
          </li>
        ))}
      </ol>
    </div>
  )
}

function Notices({ of, after }: { of: readonly Notice[]; after: string | undefined }): ReactNode {
  return of
    .filter((notice) => notice.after === after)
    .map(({ id, text }) => (
      <li key={id} className={styles.notice}>
        {text}
      </li>
    ))
}

function classOf(isMine: boolean, isNext: boolean): string {
  return [styles.message, isMine ? styles.mine : '', isNext ? styles.next : ''].filter(Boolean).join(' ')
}
