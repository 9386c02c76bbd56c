import type { Chat } from '../connect.js'
import { el } from './dom.js'

const LABELS = {
  idle: 'Connecting',
  connecting: 'Connecting',
  open: 'Connected',
  reconnecting: 'Reconnecting',
  closed: 'Closed',
} as const

/** The light in the header, and a banner while the connection is away. Both lie over the page and move nothing. */
export function showConnection({ connection }: Chat): { light: HTMLElement; banner: HTMLElement } {
  const label = el('span')
  const light = el('span', { className: 'light', role: 'status' }, label)
  const retry = el('button', { type: 'button' }, 'Try now')
  const banner = el(
    'div',
    { className: 'banner', role: 'alert', hidden: true },
    'The connection is away. What you write is sent when it is back.',
    retry,
  )
  retry.addEventListener('click', () => connection.reconnect())

  const update = (): void => {
    const { state } = connection.status
    light.dataset['state'] = state
    label.textContent = LABELS[state]
    banner.hidden = state !== 'reconnecting'
  }
  connection.on('changed', update)
  update()
  return { light, banner }
}
