import { createVirtualClock, type VirtualClock } from '@trunkline/testkit'
import { expect, test } from 'vitest'
import { createMemoryPresence } from '../topics/memory-presence.js'
import type { PresenceStore } from '../topics/presence-store.js'
import { OwnMembers } from './own-members.js'
import { PresenceRooms } from './presence-rooms.js'
import { ModelWatcher } from './testing/model-watcher.js'

interface World {
  readonly clock: VirtualClock
  readonly rooms: PresenceRooms
  join(joinId: string, identity?: string, state?: unknown): void
  leave(joinId: string): void
  watch(): Promise<ModelWatcher>
}

function createWorld(wrap: (store: PresenceStore) => PresenceStore = (store) => store): World {
  const clock = createVirtualClock()
  const store = wrap(createMemoryPresence(clock))
  const own = new OwnMembers(store, clock, 3_600_000)
  const rooms = new PresenceRooms({
    store,
    clock,
    endOfTurn: (callback) => void setImmediate(callback),
    highWaterBytes: 1_000,
  })
  return {
    clock,
    rooms,
    join: (joinId, identity = joinId, state = 0) => {
      const payload = `,"data":${JSON.stringify(state)}`
      void own.put('room', { joinId, node: own.node, identity, payload, updatedAtMs: own.stamp() })
    },
    leave: (joinId) => void own.remove('room', joinId),
    watch: async () => {
      const watcher = new ModelWatcher()
      rooms.watch(watcher, { id: 1, onClosed: () => {} }, 'room')
      await clock.settle()
      return watcher
    },
  }
}

test('tells who is there, then each change of a turn once', async () => {
  const { clock, join, leave, watch } = createWorld()
  join('ada')
  const watcher = await watch()
  expect(watcher.members).toEqual(new Map([['ada', 0]]))
  join('bob', 'bob', 1)
  join('bob', 'bob', 2)
  join('eve')
  leave('eve')
  await clock.settle()
  expect(watcher.kinds).toEqual(['watched', 'member'])
  expect(watcher.members).toEqual(new Map([['ada', 0], ['bob', 2]])) // biome-ignore format: one line reads better
  leave('ada')
  await clock.settle()
  expect(watcher.kinds).toEqual(['watched', 'member', 'left'])
})

test('a sweep that comes while the room still opens does not show it empty', async () => {
  let listens = (): void => {}
  let answers = (): void => {}
  const { clock, join, rooms } = createWorld((store) => ({
    renewLease: (node, leaseMs) => store.renewLease(node, leaseMs),
    put: (topic, member) => store.put(topic, member),
    remove: (topic, joinId) => store.remove(topic, joinId),
    read: async (topic) => {
      const members = await store.read(topic)
      await new Promise<void>((resolve) => {
        answers = resolve
      })
      return members
    },
    watch: async (topic, listener) => {
      await new Promise<void>((resolve) => {
        listens = resolve
      })
      return store.watch(topic, listener)
    },
  }))
  join('ada')
  const watcher = new ModelWatcher()
  rooms.watch(watcher, { id: 1, onClosed: () => {} }, 'room')
  await clock.settle()
  rooms.refresh()
  listens()
  await clock.settle()
  expect(watcher.kinds).toEqual([])
  answers()
  await clock.settle()

  expect(watcher.kinds).toEqual(['watched'])
  expect(watcher.members).toEqual(new Map([['ada', 0]]))
  rooms.close()
})

test('what is heard while the store is read holds: what was read may be older', async () => {
  let isSlow = false
  let answers = (): void => {}
  const { clock, join, leave, watch, rooms } = createWorld((store) => ({
    renewLease: (node, leaseMs) => store.renewLease(node, leaseMs),
    put: (topic, member) => store.put(topic, member),
    remove: (topic, joinId) => store.remove(topic, joinId),
    watch: (topic, listener) => store.watch(topic, listener),
    read: async (topic) => {
      const members = await store.read(topic)
      if (isSlow) await new Promise<void>((resolve) => (answers = resolve))
      return members
    },
  }))
  join('ada')
  const watcher = await watch()
  isSlow = true
  rooms.refresh()
  await clock.settle()
  leave('ada')
  join('bob')
  await clock.settle()
  answers()
  await clock.settle()
  expect(watcher.members).toEqual(new Map([['bob', 0]]))
  rooms.close()
})

test('a change that others do not see is not told: another tab with the same state', async () => {
  const { clock, join, leave, watch } = createWorld()
  join('tab1', 'ada', 'here')
  const watcher = await watch()
  join('tab2', 'ada', 'here')
  await clock.settle()
  leave('tab1')
  await clock.settle()
  expect(watcher.kinds).toEqual(['watched'])
  leave('tab2')
  await clock.settle()
  expect(watcher.kinds).toEqual(['watched', 'left'])
})

test('all watchers are given the same message object', async () => {
  const { clock, join, watch } = createWorld()
  const [one, two] = [await watch(), await watch()]
  join('ada')
  await clock.settle()
  expect(one.messages).toHaveLength(1)
  expect(two.messages[0]).toBe(one.messages[0])
})

test('a watcher with a full socket is told nothing, and gets the list anew when it is empty', async () => {
  const { clock, join, watch } = createWorld()
  const [slow, fast] = [await watch(), await watch()]
  slow.bufferedBytes = 1_001
  for (let n = 0; n < 20; n++) {
    join(`j${n}`)
    await clock.settle()
  }
  expect(slow.kinds).toEqual(['watched'])
  expect(fast.count).toBe(20)
  slow.drain()
  expect(slow.lists).toBe(2)
  expect(slow.members).toEqual(fast.members)
  join('last')
  await clock.settle()
  expect(slow.members).toEqual(fast.members)
  expect(slow.version).toBe(fast.version)
})

test('above 200 members 200 are listed and stay true, the others are a count, told once a second', async () => {
  const { clock, join, leave, watch } = createWorld()
  const watcher = await watch()
  for (let n = 0; n < 250; n++) join(`j${n}`)
  await clock.settle()
  expect(watcher.members.size).toBe(200)
  expect(watcher.count).toBe(250)
  const before = watcher.kinds.length

  // Somebody who is not listed: first a count at once, then at most one a second.
  join('j249', 'j249', 'changed')
  for (let n = 250; n < 260; n++) {
    join(`j${n}`)
    await clock.settle()
  }
  expect(watcher.kinds.slice(before)).toEqual(['present'])
  await clock.advance(1_000)
  expect(watcher.kinds.slice(before)).toEqual(['present', 'present'])
  expect(watcher.count).toBe(260)

  // Somebody who is listed: told as ever, and another takes the place.
  join('j7', 'j7', 'changed')
  await clock.settle()
  expect(watcher.members.get('j7')).toBe('changed')
  leave('j7')
  await clock.settle()
  expect(watcher.kinds.slice(-2)).toEqual(['left', 'member'])
  expect(watcher.members.size).toBe(200)
  expect(watcher.members.has('j200')).toBe(true)

  // Below 200 again everybody is listed, without anybody asking.
  for (let n = 100; n < 260; n++) leave(`j${n}`)
  await clock.settle()
  expect(watcher.lists).toBe(1)
  expect(watcher.members.size).toBe(99)
  expect(watcher.count).toBe(99)
  expect(clock.pending()).toHaveLength(0)
})

test('who watches a crowd gets the same 200 as everybody else', async () => {
  const { clock, join, leave, watch } = createWorld()
  for (let n = 0; n < 230; n++) join(`j${n}`)
  const early = await watch()
  for (let n = 0; n < 20; n++) leave(`j${n}`)
  await clock.settle()
  const late = await watch()
  expect(new Set(late.members.keys())).toEqual(new Set(early.members.keys()))
  expect(late.version).toBe(early.version)
})

test('a room is there while somebody watches', async () => {
  const { rooms, watch } = createWorld()
  const [one, two] = [await watch(), await watch()]
  expect(rooms.size).toBe(1)
  rooms.unwatch(one, 1)
  expect(rooms.size).toBe(1)
  rooms.drop(two)
  expect(rooms.size).toBe(0)
})

test('a second watch of one connection is refused, and the first goes on', async () => {
  const { clock, rooms, join, watch } = createWorld()
  const watcher = await watch()
  let isClosed = false
  const onClosed = (): void => {
    isClosed = true
  }
  rooms.watch(watcher, { id: 2, onClosed }, 'room')
  expect(watcher.closed).toBe('BAD_FRAME')
  expect(isClosed).toBe(true)
  rooms.unwatch(watcher, 2)
  join('ada')
  await clock.settle()
  expect(watcher.count).toBe(1)
})

test('closes with BROKER_UNAVAILABLE when the store does not answer, and the next watch tries again', async () => {
  let isDown = true
  const { clock, rooms, join, watch } = createWorld((store) => ({
    renewLease: (node, leaseMs) => store.renewLease(node, leaseMs),
    put: (topic, member) => store.put(topic, member),
    remove: (topic, joinId) => store.remove(topic, joinId),
    watch: (topic, listener) => store.watch(topic, listener),
    read: (topic) => (isDown ? new Promise(() => {}) : store.read(topic)),
  }))
  join('ada')
  const watcher = await watch()
  expect(watcher.kinds).toEqual([])
  await clock.advance(5_000)
  expect(watcher.closed).toBe('BROKER_UNAVAILABLE')
  expect(rooms.size).toBe(0)
  isDown = false
  expect((await watch()).count).toBe(1)
})
