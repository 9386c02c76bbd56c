import { upsertBy } from '@trunkline/client'
import { useState } from 'react'
import type { RoomSummary } from '../chat/room-state'
import { api } from './trunkline'

const putRoom = upsertBy((room: RoomSummary) => room.name)

/** All rooms, each with the last thing that was said there, as it is now. */
export function useRooms(
  initial: readonly RoomSummary[],
  current: string,
): readonly (RoomSummary & { readonly isUnread: boolean })[] {
  const { data: rooms } = api.rooms.useLive({}, { empty: initial, reduce: putRoom })
  /** Room to the last message that was there when this person looked; what was there before the page is not news. */
  const [seen, setSeen] = useState<ReadonlyMap<string, string | undefined>>(
    () => new Map(initial.map(({ name, last }) => [name, last?.id])),
  )
  const newest = rooms.find(({ name }) => name === current)?.last?.id
  // While it renders, as React advises for what follows from a change: an effect would show the dot for a moment.
  if (seen.get(current) !== newest) setSeen(new Map(seen).set(current, newest))
  return rooms.map((room) => ({ ...room, isUnread: room.name !== current && room.last?.id !== seen.get(room.name) }))
}
