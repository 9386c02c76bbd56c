import type { Message } from '../api.js'
import { avatar, el } from './dom.js'

export interface MessageList {
  readonly element: HTMLElement
  addMessage(message: Message): void
  /** Shows what is on its way; the returned function takes it off again. */
  addPending(text: string): () => void
  /** A line of its own: who came and went, what is missing. */
  addNotice(text: string): void
  /** `by` has seen everything up to that message. */
  setRead(by: string, messageId: string): void
}

interface Shown {
  readonly message: Message
  readonly item: HTMLElement
  /** Its place among the messages. */
  readonly index: number
  readonly seen: HTMLElement
  readonly readers: Set<string>
}

const TIME = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' })

/** What was said in a room, as `me` sees it. */
export function createMessageList(me: string, onReply: (message: Message) => void): MessageList {
  const list = el('ol')
  const element = el('div', { className: 'messages', role: 'log', ariaLabel: 'Messages', tabIndex: 0 }, list)
  const shown = new Map<string, Shown>()
  /** Name to the last message that this person has seen. */
  const lastRead = new Map<string, Shown>()

  /** Who reads further up stays there; who is at the end stays at the end, whatever grows or shrinks. */
  let isAtEnd = true
  element.addEventListener('scroll', () => {
    isAtEnd = element.scrollHeight - element.scrollTop - element.clientHeight < 40
  })
  const sizes = new ResizeObserver(() => {
    if (isAtEnd) element.scrollTop = element.scrollHeight
  })
  for (const each of [element, list]) sizes.observe(each)

  /** What is on its way stays below what has happened. */
  const append = (item: HTMLElement): void => void list.insertBefore(item, list.querySelector('.pending'))

  const quoteOf = (id: string): HTMLElement => {
    const original = shown.get(id)
    if (original === undefined) return el('span', { className: 'quote' }, 'An earlier message')
    const { from, text } = original.message
    const quote = el('button', { type: 'button', className: 'quote' }, el('strong', {}, from), ` ${text}`)
    quote.addEventListener('click', () => {
      const isCalm = matchMedia('(prefers-reduced-motion: reduce)').matches
      original.item.scrollIntoView({ block: 'center', behavior: isCalm ? 'instant' : 'smooth' })
    })
    return quote
  }

  return {
    element,
    addMessage: (message) => {
      if (shown.has(message.id)) return
      const seen = el('span', { className: 'seen' })
      const reply = el('button', { type: 'button', className: 'reply', ariaLabel: `Reply to ${message.from}` }, 'Reply')
      const time = el('time', { dateTime: message.at.toISOString() }, TIME.format(message.at))
      const bubble = el('div', { className: 'bubble' }, el('p', { dir: 'auto' }, message.text))
      if (message.replyTo !== null) bubble.prepend(quoteOf(message.replyTo))
      const item = el(
        'li',
        { className: message.from === me ? 'message mine' : 'message' },
        avatar(message.from),
        el('span', { className: 'from' }, message.from),
        bubble,
        el('div', { className: 'meta' }, time, reply, seen),
      )
      reply.addEventListener('click', () => onReply(message))
      shown.set(message.id, { message, item, index: shown.size, seen, readers: new Set() })
      append(item)
    },
    addPending: (text) => {
      const bubble = el('div', { className: 'bubble' }, el('p', { dir: 'auto' }, text))
      const item = el(
        'li',
        { className: 'message mine pending' },
        bubble,
        el('div', { className: 'meta' }, 'Sending …'),
      )
      list.append(item)
      // Who writes wants to see it, also from further up.
      isAtEnd = true
      return () => item.remove()
    },
    addNotice: (text) => append(el('li', { className: 'notice' }, text)),
    setRead: (by, messageId) => {
      const read = shown.get(messageId)
      const before = lastRead.get(by)
      if (read === undefined || by === me || (before !== undefined && before.index >= read.index)) return
      lastRead.set(by, read)
      read.readers.add(by)
      before?.readers.delete(by)
      for (const { seen, readers } of before === undefined ? [read] : [before, read]) {
        seen.textContent = readers.size === 0 ? '' : `Seen by ${[...readers].join(', ')}`
      }
    },
  }
}
