import { createVirtualClock } from '@trunkline/testkit'
import { expect, test } from 'vitest'
import { createMemoryPresence } from '../topics/memory-presence.js'
import type { PresenceMember, PresenceStore } from '../topics/presence-store.js'
import { OwnMembers } from './own-members.js'

const LEASE_MS = 15_000

interface World {
  readonly clock: ReturnType<typeof createVirtualClock>
  readonly store: PresenceStore
  readonly own: OwnMembers
  /** Makes calls of the store fail. */
  break(isBroken: boolean): void
  /** Loses the answer of the next call, which works. */
  loseAnswer(): void
  member(joinId: string): PresenceMember
  /** Lets time pass, sweeping once a second. */
  passes(ms: number): Promise<void>
  present(): Promise<string[]>
}

function createWorld(): World {
  const clock = createVirtualClock()
  const store = createMemoryPresence(clock)
  let isBroken = false
  let isLost = false
  const call = async <T>(act: () => Promise<T>): Promise<T> => {
    if (isBroken) throw new Error('The store is away.')
    const answer = await act()
    if (!isLost) return answer
    isLost = false
    throw new Error('The answer was lost.')
  }
  const own = new OwnMembers(
    {
      renewLease: (node, leaseMs) => call(() => store.renewLease(node, leaseMs)),
      put: (topic, member) => call(() => store.put(topic, member)),
      remove: (topic, joinId) => call(() => store.remove(topic, joinId)),
      read: (topic) => call(() => store.read(topic)),
      watch: (topic, listener) => call(() => store.watch(topic, listener)),
    },
    clock,
    LEASE_MS,
  )
  return {
    clock,
    store,
    own,
    break: (broken) => {
      isBroken = broken
    },
    loseAnswer: () => {
      isLost = true
    },
    member: (joinId) => ({ joinId, node: own.node, identity: joinId, payload: '', updatedAtMs: own.stamp() }),
    passes: async (ms) => {
      for (let passed = 0; passed < ms; passed += 1_000) {
        await clock.advance(1_000)
        own.sweep()
        await clock.settle()
      }
    },
    present: async () => (await store.read('room')).map(({ joinId }) => joinId),
  }
}

test('a member is there at once, and for as long as the node renews its lease', async () => {
  const { own, member, passes, present } = createWorld()
  await own.put('room', member('ada'))
  expect(await present()).toEqual(['ada'])
  await passes(10 * LEASE_MS)
  expect(await present()).toEqual(['ada'])
  await own.remove('room', 'ada')
  expect(await present()).toEqual([])
})

test('what a dead node held is gone when its lease is', async () => {
  const { clock, own, member, present } = createWorld()
  await own.put('room', member('ada'))
  await clock.advance(LEASE_MS)
  expect(await present()).toEqual([])
})

test('a write that failed is tried again until it is done, the newest state of it', async () => {
  const world = createWorld()
  const { own, member, passes, present, store } = world
  await own.put('room', member('bob'))
  world.break(true)
  await expect(own.put('room', member('ada'))).rejects.toMatchObject({ code: 'BROKER_UNAVAILABLE' })
  await expect(own.put('room', { ...member('ada'), payload: 'newest' })).rejects.toThrow()
  await own.remove('room', 'bob')
  await passes(3_000)
  expect(await present()).toEqual(['bob'])
  world.break(false)
  await passes(1_000)
  expect(await present()).toEqual(['ada'])
  expect((await store.read('room'))[0]?.payload).toBe('newest')
})

test('after a stall in which its lease ended, a node puts all its members again', async () => {
  const { clock, own, member, passes, present, store } = createWorld()
  await own.put('room', member('ada'))
  await own.put('room', member('bob'))
  await clock.advance(2 * LEASE_MS)
  // Another node collects what seems dead.
  await store.renewLease('other', LEASE_MS)
  expect(await present()).toEqual([])
  await passes(1_000)
  expect((await present()).sort()).toEqual(['ada', 'bob'])
})

test('updates within one millisecond are ordered', async () => {
  const { own } = createWorld()
  const stamps = Array.from({ length: 5 }, () => own.stamp())
  expect([...stamps].sort((a, b) => a - b)).toEqual(stamps)
  expect(new Set(stamps).size).toBe(5)
})

test('a node that stops leaves its members for as long as it says, and no timer', async () => {
  const { clock, own, member, present } = createWorld()
  await own.put('room', member('ada'))
  await own.close(10_000)
  await clock.advance(9_999)
  expect(await present()).toEqual(['ada'])
  await clock.advance(1)
  expect(await present()).toEqual([])
  expect(clock.pending()).toEqual([])
})

test('puts all again also when the answer that said so was lost', async () => {
  const world = createWorld()
  const { clock, own, member, passes, present } = world
  await own.put('room', member('ada'))
  await clock.advance(2 * LEASE_MS)
  world.loseAnswer()
  own.sweep()
  await clock.settle()
  expect(await present()).toEqual([])
  await passes(1_000)
  expect(await present()).toEqual(['ada'])
})
