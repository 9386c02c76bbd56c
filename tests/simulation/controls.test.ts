import { testSeed } from '@trunkline/testkit'
import { expect, test, vi } from 'vitest'
import { runMany } from './run-many.js'
import type { Sabotage } from './sabotage.js'
import {
  deniesRuns,
  forgetsEpochs,
  losesCursors,
  losesEvents,
  losesItems,
  losesPositions,
  mixesAnswersUp,
  repeatsWaves,
  resendsAsNew,
  ringsEarlyOnly,
  withoutProof,
} from './sabotages.js'
import type { SimFindingKind } from './sim-finding.js'

// The same runs with one mechanism switched off: the checker must object, or it would not have noticed its absence.

const ENOUGH_SCHEDULES = 2_000

vi.setConfig({ testTimeout: 240_000 })

/** Whether such a finding is made, on a topic of that name, while a mechanism is off. */
async function finds(sabotage: Sabotage, wanted: SimFindingKind, on = 'log'): Promise<boolean> {
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

test('negative control: a mutation that is sent again and does not say so runs twice', async () => {
  expect(await finds({ spoilSocket: resendsAsNew }, 'ran-twice', 'calls of add')).toBe(true)
})

test('negative control: under the epoch of another server an idempotent mutation runs twice', async () => {
  expect(await finds({ spoilSocket: forgetsEpochs }, 'ran-twice', 'calls of once')).toBe(true)
})

test('negative control: what may have run, and is said not to have, is noticed', async () => {
  expect(await finds({ spoilSocket: deniesRuns }, 'wrong-fate', 'calls of')).toBe(true)
})

test('negative control: an answer to something else is noticed', async () => {
  expect(await finds({ spoilSocket: mixesAnswersUp }, 'wrong-answer', 'calls of')).toBe(true)
})

test('negative control: a call that nobody gives up is never answered', async () => {
  expect(await finds({ spoilClock: ringsEarlyOnly }, 'unanswered', 'calls of')).toBe(true)
})

test('negative control: an item that is lost on the way is missed', async () => {
  expect(await finds({ spoilSocket: losesItems }, 'silent-gap', 'items')).toBe(true)
  expect(await finds({ spoilSocket: losesItems }, 'silent-gap', 'tracked items')).toBe(true)
})

test('negative control: tracked items that start anew come twice', async () => {
  expect(await finds({ spoilSocket: losesCursors }, 'duplicate', 'tracked items')).toBe(true)
})
