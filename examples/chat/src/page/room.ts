/**
 * A room on the screen: what comes from the server goes to the views, what people do goes to the server.
 */
import { safe } from '@trunkline/client'
import type { Message } from '../api.js'
import type { Chat, RoomEvent } from '../connect.js'
import { enterRoom, tellTyping } from '../enter-room.js'
import { followRoom } from '../follow-room.js'
import { createComposer } from './composer.js'
import { showConnection } from './connection-banner.js'
import { avatar, el } from './dom.js'
import type { Person } from './main.js'
import { createMessageList } from './message-list.js'
import { createTypingLine } from './typing-line.js'

export function showRoom(chat: Chat, { name, room }: Person, onLeave: () => void): HTMLElement {
  const { api } = chat
  const messages = createMessageList(name, (message) => composer.replyTo(message))
  const typing = createTypingLine()
  const members = el('ul', { className: 'members', ariaLabel: 'In this room' })
  let newest: Message | undefined
  let isLive = false

  const composer = createComposer({
    onSend: async (text, replyTo) => {
      here.update({ typing: false })
      const sent = messages.addPending(text)
      const { error } = await safe(api.messages.send.mutate({ room, text, replyTo }))
      sent()
      if (error?.code === 'TOO_FAST') return `Slow down: again in ${Math.ceil(error.data.retryInMs / 1_000)} s.`
      return error === undefined ? undefined : `Not sent (${error.fate}): ${error.message}`
    },
    onTyping: () => tellTyping(here),
  })

  /** Tells the others that this person has seen everything, once somebody looks at the page. */
  const tellSeen = (): void => {
    if (!isLive || document.hidden || newest === undefined || newest.from === name) return
    api.messages.seen.mutate({ room, messageId: newest.id }).catch(() => undefined)
    newest = undefined
  }
  document.addEventListener('visibilitychange', tellSeen)

  const show = (event: RoomEvent): void => {
    switch (event.type) {
      case 'message':
        messages.addMessage(event.message)
        newest = event.message
        return tellSeen()
      case 'read':
        return messages.setRead(event.by, event.messageId)
    }
  }

  const stopFollowing = followRoom(chat, room, {
    onEvent: show,
    onGap: (sentence) => messages.addNotice(sentence),
    onLive: (live) => {
      isLive = live
      tellSeen()
    },
  })
  const here = enterRoom(chat, room, name, {
    onVisitors: (visitors) => {
      const items = visitors.map((each) => el('li', {}, avatar(each.name), el('span', {}, each.name)))
      members.replaceChildren(...items)
      typing.show(visitors.filter((each) => each.typing && each.name !== name).map((each) => each.name))
    },
    onNotice: messages.addNotice,
  })

  const leave = el('button', { type: 'button' }, 'Leave')
  leave.addEventListener('click', () => {
    document.removeEventListener('visibilitychange', tellSeen)
    here.leave()
    stopFollowing()
    onLeave()
  })
  const { light, banner } = showConnection(chat)
  return el(
    'main',
    { className: 'room' },
    el('header', {}, el('h1', {}, `# ${room}`), members, light, leave),
    banner,
    messages.element,
    typing.element,
    composer.element,
  )
}
