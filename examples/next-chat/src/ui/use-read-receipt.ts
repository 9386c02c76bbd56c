import { useEffect, useSyncExternalStore } from 'react'
import type { RoomState } from '../chat/room-state'
import { api } from './trunkline'

const subscribeToVisibility = (onChange: () => void): (() => void) => {
  document.addEventListener('visibilitychange', onChange)
  return () => document.removeEventListener('visibilitychange', onChange)
}

/** Tells the others that this person has seen everything, once somebody looks at the page. */
export function useReadReceipt(room: string, me: string, { messages, reads }: RoomState, isLive: boolean): void {
  const { mutate } = api.messages.seen.useMutation()
  const isVisible = useSyncExternalStore(
    subscribeToVisibility,
    () => !document.hidden,
    () => false,
  )
  const newest = messages.at(-1)
  const unseen = newest !== undefined && newest.from !== me && reads.get(me) !== newest.id ? newest.id : undefined
  useEffect(() => {
    if (isLive && isVisible && unseen !== undefined) mutate({ room, messageId: unseen })
  }, [isLive, isVisible, unseen, room, mutate])
}
