import type { Message } from '../api.js'
import { el } from './dom.js'

export interface Composer {
  readonly element: HTMLElement
  /** Quotes a message in the next one. */
  replyTo(message: Message): void
}

interface ComposerOptions {
  /** Resolves when it was sent; with a sentence when it was not, and then the text comes back. */
  readonly onSend: (text: string, replyTo: string | null) => Promise<string | undefined>
  readonly onTyping: () => void
}

const TYPING_EVERY_MS = 2_000
/** Said, rather than cut off on the way in: who pastes a page would not see what is missing. */
const MAX_LENGTH = 2_000

/** Enter sends, Shift+Enter breaks the line, Escape gives a reply up. */
export function createComposer({ onSend, onTyping }: ComposerOptions): Composer {
  const text = el('textarea', { rows: 1, dir: 'auto', placeholder: 'Write a message', ariaLabel: 'Message' })
  const quoted = el('span')
  const dropQuote = el('button', { type: 'button', title: 'Do not reply (Escape)', ariaLabel: 'Do not reply' }, '×')
  const quote = el('div', { className: 'replying', hidden: true }, quoted, dropQuote)
  const problem = el('p', { className: 'problem', role: 'alert' })
  const form = el(
    'form',
    { className: 'composer' },
    quote,
    text,
    el('button', { className: 'primary' }, 'Send'),
    problem,
  )
  let reply: Message | undefined
  let toldTypingAtMs = 0

  const setReply = (message: Message | undefined): void => {
    reply = message
    quote.hidden = message === undefined
    quoted.textContent = message === undefined ? '' : `Replying to ${message.from}: ${message.text}`
    text.focus()
  }
  const send = async (): Promise<void> => {
    const said = text.value.trim()
    if (said === '') return
    if (said.length > MAX_LENGTH) {
      problem.textContent = `A message has at most ${MAX_LENGTH} characters; this one has ${said.length}.`
      return
    }
    const answered = reply
    text.value = ''
    problem.textContent = ''
    toldTypingAtMs = 0
    setReply(undefined)
    const refused = await onSend(said, answered?.id ?? null)
    if (refused === undefined) return
    problem.textContent = refused
    if (text.value !== '') return
    text.value = said
    setReply(answered)
  }

  form.addEventListener('submit', (event) => {
    event.preventDefault()
    void send()
  })
  text.addEventListener('keydown', (event) => {
    if (event.key === 'Escape') setReply(undefined)
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return
    event.preventDefault()
    void send()
  })
  text.addEventListener('input', () => {
    if (text.value === '' || Date.now() - toldTypingAtMs < TYPING_EVERY_MS) return
    toldTypingAtMs = Date.now()
    onTyping()
  })
  dropQuote.addEventListener('click', () => setReply(undefined))
  return { element: form, replyTo: setReply }
}
