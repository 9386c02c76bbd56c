'use client'

import { type KeyboardEvent, type ReactNode, useRef } from 'react'
import styles from './composer.module.css'

interface ComposerProps {
  readonly room: string
  readonly onSend: (text: string) => void
  readonly onTyping: () => void
}

/** The others are told this often that somebody is still writing; the server takes it back a second later. */
const TYPING_EVERY_MS = 2_000

/** Enter sends, Shift+Enter breaks the line. */
export function Composer({ room, onSend, onTyping }: ComposerProps): ReactNode {
  const form = useRef<HTMLFormElement>(null)
  const toldTypingAtMs = useRef(0)

  const send = (): void => {
    const text = form.current?.querySelector('textarea')
    if (!text || text.value.trim() === '') return
    onSend(text.value.trim())
    text.value = ''
    toldTypingAtMs.current = 0
  }
  const tellTyping = (): void => {
    if (Date.now() - toldTypingAtMs.current < TYPING_EVERY_MS) return
    toldTypingAtMs.current = Date.now()
    onTyping()
  }
  const sendOnEnter = (event: KeyboardEvent): void => {
    // While an input method composes a word, Enter accepts it.
    if (event.key !== 'Enter' || event.shiftKey || event.nativeEvent.isComposing) return
    event.preventDefault()
    send()
  }
  return (
    <form
      ref={form}
      className={styles.composer}
      onSubmit={(event) => {
        event.preventDefault()
        send()
      }}
    >
      <textarea
        rows={1}
        maxLength={2_000}
        aria-label="Message"
        placeholder={`Message #${room}`}
        onChange={(event) => event.target.value !== '' && tellTyping()}
        onKeyDown={sendOnEnter}
      />
      <button type="submit" className="primary">
        Send
      </button>
    </form>
  )
}
