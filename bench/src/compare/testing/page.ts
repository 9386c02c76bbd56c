/**
 * The process of one variant's page: renders its hook, as often as asked, and tells what that shows.
 *
 * Rule: the variant's files run as they are; only where `ws://localhost:3000` leads is decided here.
 */
import { QueryClientProvider } from '@tanstack/react-query'
import { answerParent } from '@trunkline/testkit'
import { Window } from 'happy-dom'
import { createElement, Fragment, type ReactNode, useEffect } from 'react'
import { WebSocket } from 'ws'
import type { Message } from '../db.js'
import { queryClient } from '../query-client.js'

/** What each variant's `useMessages` gives. */
interface Shown {
  readonly messages: readonly Message[]
  send(input: { text: string }, callbacks: { onSuccess(): void; onError(error: Error): void }): void
}

interface Variant {
  useMessages(): Shown
  Provider?(props: { children?: ReactNode }): ReactNode
}

const [name = '', url = '', lists = '1'] = process.argv.slice(2)
const sent: string[] = []

class WebSocketToProxy extends WebSocket {
  constructor(_url: string, protocols?: string | string[]) {
    super(url, protocols)
  }
  override send(data: string | Buffer): void {
    sent.push(String(data))
    super.send(data)
  }
}
const window = new Window()
Object.assign(globalThis, { window, document: window.document, WebSocket: WebSocketToProxy })
// Node 21 and later have one of their own, which cannot be assigned to.
globalThis.navigator ??= window.navigator as unknown as Navigator

// Only now: what they import looks for a document and for a WebSocket.
const { createRoot } = await import('react-dom/client')
const { Provider = Fragment }: Partial<Variant> = name === 'trunkline' ? await import('../trunkline/client.js') : {}
const { useMessages }: Variant = await import(`../${name}/use-messages.js`)

const shown: Shown[] = []
const List = ({ index }: { index: number }): ReactNode => {
  const list = useMessages()
  shown[index] = list
  return createElement(Fragment, undefined, ...list.messages.map((message) => message.text))
}
const all = Array.from({ length: Number(lists) }, (_, index) => createElement(List, { key: index, index }))
// React renders later, and a mutation calls back only what is mounted: before that the page has no `send` to ask for.
await new Promise<void>((resolve) => {
  const Page = (): ReactNode => {
    // Effects run from the inside out: those of the lists are done.
    useEffect(resolve, [])
    return createElement(QueryClientProvider, { client: queryClient }, createElement(Provider, undefined, all))
  }
  // React takes happy-dom's elements for the browser's.
  createRoot(document.body as unknown as Element).render(createElement(Page))
})

answerParent({
  texts: () => shown[0]?.messages.map((message) => message.text),
  sent: () => sent,
  send: (text: string) =>
    new Promise<string | undefined>((resolve) => {
      shown[0]?.send({ text }, { onSuccess: () => resolve(undefined), onError: (error) => resolve(error.message) })
    }),
})
