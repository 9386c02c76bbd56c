import { createVirtualClock } from '@trunkline/testkit'
import { expect, test } from 'vitest'
import { Deadlines, type Expirable } from './deadlines.js'

function entry(name: string, log: string[]): Expirable {
  return { deadlineBucket: 0, expire: () => log.push(name) }
}

test('expires an entry once, not before its deadline and at most 100 ms after it', async () => {
  const clock = createVirtualClock()
  const deadlines = new Deadlines(clock)
  const log: string[] = []
  deadlines.add(entry('a', log), 1_000)
  await clock.advance(999)
  expect(log).toEqual([])
  await clock.advance(101)
  expect(log).toEqual(['a'])
})

test('a deadline between two ticks is not early either', async () => {
  const clock = createVirtualClock()
  const deadlines = new Deadlines(clock)
  const log: string[] = []
  await clock.advance(30)
  deadlines.add(entry('a', log), 1_001)
  await clock.advance(1_000)
  expect(log).toEqual([])
  await clock.advance(100)
  expect(log).toEqual(['a'])
})

test('a removed entry does not expire, and no timer is left', async () => {
  const clock = createVirtualClock()
  const deadlines = new Deadlines(clock)
  const log: string[] = []
  const removed = entry('removed', log)
  deadlines.add(removed, 100)
  deadlines.add(entry('kept', log), 100)
  deadlines.remove(removed)
  await clock.advance(1_000)
  expect(log).toEqual(['kept'])
  expect(clock.pending()).toEqual([])
})

test('an entry that is added while others expire has its own time', async () => {
  const clock = createVirtualClock()
  const deadlines = new Deadlines(clock)
  const log: string[] = []
  deadlines.add(
    {
      deadlineBucket: 0,
      expire: () => {
        log.push('first')
        deadlines.add(entry('second', log), 500)
      },
    },
    100,
  )
  await clock.advance(300)
  expect(log).toEqual(['first'])
  await clock.advance(500)
  expect(log).toEqual(['first', 'second'])
})
