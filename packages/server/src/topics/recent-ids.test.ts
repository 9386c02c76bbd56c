import { expect, test } from 'vitest'
import { RecentIds } from './recent-ids.js'

const position = (offset: number) => ({ epoch: 'e', offset, tag: `t${offset}` })

test('remembers an id for two minutes and forgets it within four', () => {
  const ids = new RecentIds(0)
  ids.add('a', position(1), 119_000)

  ids.expire(120_000)
  expect(ids.positionOf('a')).toEqual(position(1))
  ids.expire(239_000)
  expect(ids.has('a')).toBe(true)
  ids.expire(240_000)
  expect(ids.has('a')).toBe(false)
  expect(ids.isEmpty).toBe(true)
})

test('an id from before a long silence is forgotten at once', () => {
  const ids = new RecentIds(0)
  ids.add('a', position(1), 1_000)

  ids.expire(600_000)

  expect(ids.has('a')).toBe(false)
})

test('past 65_536 ids in one generation the older generation goes', () => {
  const ids = new RecentIds(0)
  for (let n = 1; n <= 65_536 * 2 + 1; n++) ids.add(`id${n}`, position(n), 0)

  expect(ids.has('id1')).toBe(false)
  expect(ids.has('id65537')).toBe(true)
  expect(ids.has('id131073')).toBe(true)
})

test('forgets the ids of events that are no part of the history any more', () => {
  const ids = new RecentIds(0)
  ids.add('a', position(1), 0)
  ids.add('b', position(2), 0)
  ids.add('typing', undefined, 0)

  ids.forgetAfter(1)

  expect([ids.has('a'), ids.has('b'), ids.has('typing')]).toEqual([true, false, true])
})
