import { type FindingKind, testSeed } from '@trunkline/testkit'
import { expect, test } from 'vitest'
import { runMany } from './run-many.js'
import type { Sabotage } from './sabotage.js'
import { losesEvents, losesPositions, withoutProof } from './sabotages.js'

// The same runs with one mechanism switched off: the checker must object, or it would not have noticed its absence.

const ENOUGH_SCHEDULES = 500

/** Whether one of the kinds is found while a mechanism is off. */
async function finds(sabotage: Sabotage, ...kinds: FindingKind[]): Promise<boolean> {
  let isFound = false
  const { summary } = await runMany(testSeed(import.meta.url), ENOUGH_SCHEDULES, {
    sabotage,
    until: ({ findings }) => {
      isFound = findings.some(({ kind }) => kinds.includes(kind))
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
