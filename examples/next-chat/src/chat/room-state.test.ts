import { expect, test } from 'vitest'
import { EMPTY_ROOM, type RoomEvent, type RoomState, reduceRoom } from './room-state'

const said = (id: string): RoomEvent => ({
  type: 'message',
  message: { id, from: 'Ada', text: id, at: new Date(0) },
})
const after = (...events: RoomEvent[]): RoomState => events.reduce(reduceRoom, EMPTY_ROOM)

test('an event twice is as good as once', () => {
  const read: RoomEvent = { type: 'read', by: 'Bob', messageId: 'b' }
  const room = after(said('a'), said('b'), read)
  expect([said('a'), said('b'), read].reduce(reduceRoom, room)).toBe(room)
})

test('nobody goes back to having seen less, and a message that is not kept is no place', () => {
  const room = after(said('a'), said('b'), { type: 'read', by: 'Bob', messageId: 'b' })
  expect(reduceRoom(room, { type: 'read', by: 'Bob', messageId: 'a' })).toBe(room)
  expect(reduceRoom(room, { type: 'read', by: 'Cy', messageId: 'gone' })).toBe(room)
})
