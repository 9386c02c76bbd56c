import { type FindingKind, testSeed } from '@trunkline/testkit'
import { expect, test } from 'vitest'
import { runMany } from './run-many.js'
import type { Sabotage } from './sabotage.js'
import { losesEvents, losesPositions, repeatsWaves, withoutProof } from './sabotages.js'
import type { RoomKind } from './sim-api.js'

// The same runs with one mechanism switched off: the checker must object, or it would not have noticed its absence.

const ENOUGH_SCHEDULES = 500

/** Whether such a finding is made, on a topic of that name, while a mechanism is off. */
async function finds(sabotage: Sabotage, wanted: FindingKind, on: RoomKind | '' = 'log'): Promise<boolean> {
  let isFound = false
  const { summary } = await runMany(testSeed(import.meta.url), ENOUGH_SCHEDULES, {
    sabotage,
    until: ({ findings }) => {
      isFound = findings.some(({ kind, topic }) => kind === wanted && topic.startsWith(on))
      return isFound
    },
  })
  console.log(summary)
  return isFound
}

test('negative control: with a broker that does not compare tags, what was undone stays', async () => {
  expect(await finds({ spoilBroker: withoutProof }, 'not-in-history')).toBe(true)
})

test('negative control: … and what took its place is skipped', async () => {
  expect(await finds({ spoilBroker: withoutProof }, 'silent-gap')).toBe(true)
})

test('negative control: without repair after a lost link subscribers stay behind', async () => {
  const spoilBroker: Sabotage['spoilBroker'] = (broker) => {
    broker.isSilent = true
  }
  expect(await finds({ spoilBroker }, 'not-converged')).toBe(true)
})

test('negative control: without deduplication a publish whose answer was lost is two events', async () => {
  const spoilStore: Sabotage['spoilStore'] = (store) => {
    store.forgetsIds = true
  }
  expect(await finds({ spoilStore }, 'duplicate')).toBe(true)
})

test('negative control: where the position is lost on the way, the client notices, and there are gaps that nobody needs', async () => {
  expect(await finds({ spoilSocket: losesPositions }, 'unneeded-gap')).toBe(true)
})

test('negative control: an event that is lost on the way is missed', async () => {
  expect(await finds({ spoilSocket: losesEvents }, 'silent-gap')).toBe(true)
})

test('negative control: without repair after a lost link a table keeps old values', async () => {
  const spoilBroker: Sabotage['spoilBroker'] = (broker) => {
    broker.isSilent = true
  }
  expect(await finds({ spoilBroker }, 'not-converged', 'table')).toBe(true)
})

test('negative control: a state that was read too early lacks effects, and what is made of it stays wrong', async () => {
  const spoilList: Sabotage['spoilList'] = (ids) => ids.slice(0, -1)
  expect(await finds({ spoilList }, 'wrong-snapshot', 'list')).toBe(true)
  expect(await finds({ spoilList }, 'wrong-state', 'list')).toBe(true)
})

test('negative control: an ephemeral event that is handed out twice is noticed', async () => {
  expect(await finds({ spoilSocket: repeatsWaves }, 'duplicate')).toBe(true)
})

test('negative control: where who is there is not read again, somebody is absent', async () => {
  const spoilBroker: Sabotage['spoilBroker'] = (broker) => {
    broker.spoilPresence = (now, before) => before ?? now
  }
  expect(await finds({ spoilBroker }, 'absent', '')).toBe(true)
})

test('negative control: where leases do not end, who was on a node that died is a ghost', async () => {
  const spoilBroker: Sabotage['spoilBroker'] = (broker) => {
    broker.spoilPresence = (now, before = []) => {
      const isGone = ({ joinId }: { joinId: string }): boolean => now.every((member) => member.joinId !== joinId)
      return [...now, ...before.filter(isGone)]
    }
  }
  expect(await finds({ spoilBroker }, 'ghost', '')).toBe(true)
})

test('negative control: a listener that a closed server leaves at its broker is noticed', async () => {
  const spoilBroker: Sabotage['spoilBroker'] = (broker) => {
    const subscribe = broker.subscribe.bind(broker)
    broker.subscribe = async (topic, listener) => {
      await subscribe(topic, listener)
      return () => {}
    }
  }
  expect(await finds({ spoilBroker }, 'after-end', '')).toBe(true)
})
