/**
 * The chat that runs in this process, where pages find it.
 *
 * Why not an export of a module: the custom server loads its modules through Node, while Next bundles what pages import, so
 * a module of both exists twice, and a topic of one copy is not a topic of the other. Rule: `server.ts` makes the one chat
 * and puts it on the global object; what pages import of it here is its type.
 */
import type { Chat } from './create-chat'

const KEY = Symbol.for('trunkline.next-chat')

export function setRunningChat(chat: Chat): void {
  Reflect.set(globalThis, KEY, chat)
}

/** @throws Error where pages run without the custom server, as under `next dev`. */
export function runningChat(): Chat {
  const chat: unknown = Reflect.get(globalThis, KEY)
  if (chat === undefined)
    throw new Error('There is no chat in this process: start it with `npm run dev` or `npm start`.')
  // Only setRunningChat writes it.
  return chat as Chat
}
