import { superjsonCodec } from '@trunkline/core/superjson'
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

test('whatever people are called, a room that they have seen can be sent', () => {
  const names = ['constructor', '__proto__', 'prototype', 'toString']
  const room = after(said('a'), ...names.map((by): RoomEvent => ({ type: 'read', by, messageId: 'a' })))
  expect([...room.reads.keys()]).toEqual(names)
  // What the server sends a snapshot with: it refuses an object with such keys.
  expect(String(superjsonCodec().encode(room))).toContain('["constructor","a"]')
})
