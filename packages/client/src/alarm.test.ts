import { createVirtualClock } from '@trunkline/testkit'
import { expect, test } from 'vitest'
import { createAlarm } from './alarm.js'

test('rings at the time asked for, and again when the ring says so', async () => {
  const clock = createVirtualClock({ startMs: 0 })
  const rings: number[] = []
  const alarm = createAlarm(clock, (now) => {
    rings.push(now)
    return now < 300 ? now + 100 : Infinity
  })
  alarm.at(100)
  await clock.advance(1_000)
  expect(rings).toEqual([100, 200, 300])
  expect(clock.pending()).toEqual([])
})

test('has one timer, for the earliest time that anybody asked for', async () => {
  const clock = createVirtualClock({ startMs: 0 })
  const rings: number[] = []
  const alarm = createAlarm(clock, (now) => {
    rings.push(now)
    return now < 500 ? 500 : Infinity
  })
  alarm.at(500)
  alarm.at(50)
  alarm.at(300)
  alarm.at(Infinity)
  expect(clock.pending()).toEqual([{ dueMs: 50, delayMs: 50 }])
  await clock.advance(1_000)
  expect(rings).toEqual([50, 500])
})

test('rings at once for what is overdue', async () => {
  const clock = createVirtualClock({ startMs: 1_000 })
  const rings: number[] = []
  createAlarm(clock, (now) => {
    rings.push(now)
    return Infinity
  }).at(10)
  await clock.advance(0)
  expect(rings).toEqual([1_000])
})

test('does not pass a platform timer more than it can hold', () => {
  const clock = createVirtualClock({ startMs: 0 })
  createAlarm(clock, () => Infinity).at(2 ** 40)
  expect(clock.pending()[0]?.delayMs).toBeLessThan(2 ** 31)
})

test('leaves no timer when stopped, and can be used again', async () => {
  const clock = createVirtualClock({ startMs: 0 })
  let rings = 0
  const alarm = createAlarm(clock, () => {
    rings += 1
    return Infinity
  })
  alarm.at(100)
  alarm.stop()
  expect(clock.pending()).toEqual([])
  alarm.at(200)
  await clock.advance(200)
  expect(rings).toBe(1)
})
