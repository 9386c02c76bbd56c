'use client'

import { type KeyboardEvent, type ReactNode, useRef } from 'react'
import { MAX_TEXT_LENGTH } from '../chat/room-state'
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
    const { length } = text.value.trim()
    if (length > MAX_TEXT_LENGTH) {
      // Said, rather than cut off on the way in: who pastes a page would not see what is missing.
      text.setCustomValidity(`A message has at most ${MAX_TEXT_LENGTH} characters; this one has ${length}.`)
      text.reportValidity()
      return
    }
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
      noValidate
      onSubmit={(event) => {
        event.preventDefault()
        send()
      }}
    >
      <textarea
        rows={1}
        dir="auto"
        aria-label="Message"
        placeholder={`Message #${room}`}
        onChange={({ target }) => {
          target.setCustomValidity('')
          if (target.value !== '') tellTyping()
        }}
        onKeyDown={sendOnEnter}
      />
      <button type="submit" className="primary">
        Send
      </button>
    </form>
  )
}
