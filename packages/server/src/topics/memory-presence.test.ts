import { createVirtualClock } from '@trunkline/testkit'
import { expect, test } from 'vitest'
import { createMemoryPresence } from './memory-presence.js'
import type { PresenceMember } from './presence-store.js'

const member = (joinId: string, node = 'n1'): PresenceMember => ({
  joinId,
  node,
  identity: joinId,
  payload: '',
  updatedAtMs: 0,
})

test('a member counts while the lease of its node lives, and not a moment longer', async () => {
  const clock = createVirtualClock()
  const store = createMemoryPresence(clock)
  await store.renewLease('n1', 1_000)
  await store.put('room', member('ada'))
  expect(await store.read('room')).toEqual([member('ada')])
  await clock.advance(999)
  expect(await store.read('room')).toHaveLength(1)
  await clock.advance(1)
  expect(await store.read('room')).toEqual([])
})

test('a member of a node that never had a lease does not count', async () => {
  const store = createMemoryPresence(createVirtualClock())
  await store.put('room', member('ada'))
  expect(await store.read('room')).toEqual([])
})

test('says whether the lease had lived until it was renewed', async () => {
  const clock = createVirtualClock()
  const store = createMemoryPresence(clock)
  expect(await store.renewLease('n1', 1_000)).toBe(false)
  await clock.advance(900)
  expect(await store.renewLease('n1', 1_000)).toBe(true)
  await clock.advance(1_000)
  expect(await store.renewLease('n1', 1_000)).toBe(false)
})

test('what a dead node left behind is collected by the next renewal of another, which listeners hear', async () => {
  const clock = createVirtualClock()
  const store = createMemoryPresence(clock)
  await store.renewLease('n1', 1_000)
  await store.put('room', member('ada'))
  const heard: string[] = []
  const stop = await store.watch('room', { onPut: () => {}, onRemove: (joinId) => heard.push(joinId) })
  await clock.advance(1_000)
  await store.renewLease('n2', 1_000)
  expect(heard).toEqual(['ada'])
  stop()
  expect(store.size).toBe(0)
})

test('listeners hear every put and remove in order; one that listens twice hears twice and stops once', async () => {
  const store = createMemoryPresence(createVirtualClock())
  const heard: string[] = []
  const listener = {
    onPut: ({ joinId, payload }: PresenceMember) => heard.push(`${joinId}${payload}`),
    onRemove: (joinId: string) => heard.push(`-${joinId}`),
  }
  const stop = await store.watch('room', listener)
  await store.put('room', member('ada'))
  await store.put('other', member('bob'))
  await store.watch('room', listener)
  stop()
  await store.put('room', { ...member('ada'), payload: '!' })
  await store.remove('room', 'ada')
  await store.remove('room', 'ada')
  expect(heard).toEqual(['ada', 'ada!', '-ada'])
})

test('a topic with nobody present and nobody listening takes no memory', async () => {
  const store = createMemoryPresence(createVirtualClock())
  const stop = await store.watch('a', { onPut: () => {}, onRemove: () => {} })
  await store.put('b', member('ada'))
  expect(store.size).toBe(2)
  stop()
  await store.remove('b', 'ada')
  expect(store.size).toBe(0)
})
