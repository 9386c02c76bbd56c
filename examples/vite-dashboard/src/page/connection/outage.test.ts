import { expect, test } from 'vitest'
import { describeOutage } from './describe-outage.js'
import { changeOutage, type Outage, type OutageAction } from './outage.js'

function outageOf(...actions: OutageAction[]): Outage | undefined {
  return actions.reduce<Outage | undefined>(changeOutage, undefined)
}

const LOST: OutageAction = { type: 'lost', atMs: 1_000 }

test('counts attempts and alarms from the loss until nothing is missing', () => {
  const outage = outageOf(
    LOST,
    { type: 'tried', attempt: 1 },
    { type: 'tried', attempt: 2 },
    { type: 'recovered' },
    { type: 'back', atMs: 9_200 },
    { type: 'recovered' },
  )
  expect(outage).toEqual({ lostAtMs: 1_000, backAtMs: 9_200, attempts: 2, recovered: 1, hasGap: false })
  expect(describeOutage('live', outage, 0)).toBe(
    'Away for 8.2 s, back after 2 attempts. Meanwhile 1 alarm: all delivered, in order, none twice.',
  )
})

test('lost again before it was caught up is the same outage, afterwards it is another', () => {
  expect(outageOf(LOST, { type: 'recovered' }, { type: 'lost', atMs: 2_000 })).toMatchObject({
    lostAtMs: 1_000,
    recovered: 1,
  })
  expect(outageOf(LOST, { type: 'back', atMs: 2_000 }, { type: 'lost', atMs: 3_000 })).toMatchObject({
    lostAtMs: 3_000,
  })
})

test('a gap is told, and never called complete', () => {
  const outage = outageOf(LOST, { type: 'gap' }, { type: 'recovered' }, { type: 'back', atMs: 2_000 })
  expect(describeOutage('live', outage, 0)).toContain('Some alarms are gone for good')
})

test('the first connection is no outage', () => {
  expect(outageOf({ type: 'tried', attempt: 1 }, { type: 'back', atMs: 1 })).toBeUndefined()
})
